//! The tables of all figures.

use tollgate_capacity::FigureUnit;

use super::*;

#[test]
fn many_loads_are_split_into_tables_that_fit_on_paper() {
    let points: Vec<Point> = (1..=23).map(|load| point(f64::from(load) / 4.0, &[], 4)).collect();
    let page = page(&plan(2, vec![plan_side("v", &["all"], &points, None)]));
    assert_sound(&page);
    assert_eq!(page.matches("<table class=\"crowded\">").count(), 3);
    let text = text(&page);
    assert!(
        text.contains("Figures at 8 loads from 0.25 to 2") && text.contains("Figures at 7 loads from 4.25 to 5.75")
    );
    // The graph over time shows five loads, including the first, the last and load 1.
    let drawn = page.split("aria-label=\"The work queue over time\"").nth(1).unwrap();
    let description = drawn.split_once("<desc>").unwrap().1.split_once("</desc>").unwrap().0;
    let loads: Vec<&str> = description.split(", ").filter(|name| name.starts_with("Load ")).collect();
    assert_eq!(loads.len(), 5);
    assert!(loads[0] == "Load 0.25" && loads.contains(&"Load 1") && loads[4] == "Load 5.75", "{loads:?}");
}

#[test]
fn every_figure_has_a_row_in_its_unit() {
    let given: Vec<(&str, Estimate)> = FIGURES.iter().map(|figure| (figure.name, estimate(0.5, 0.0))).collect();
    let page = text(&page(&plan(2, vec![plan_side("v", &["all"], &[point(1.0, &given, 1)], None)])));
    for figure in FIGURES {
        let value = match figure.unit {
            _ if figure.name == "drain" => "more than 0.5 s",
            FigureUnit::PerHour | FigureUnit::Count => "0.5",
            FigureUnit::Seconds => "0.5 s",
            FigureUnit::Share => "50.0%",
            FigureUnit::Kib => "512 B",
        };
        assert!(page.contains(&format!("{} {value}", figure.title)), "{}: {page}", figure.name);
    }
}

#[test]
fn loads_are_spread_over_tables_evenly() {
    let loads = |count: u32| (1..=count).map(|load| point(f64::from(load), &[], 1)).collect::<Vec<Point>>();
    let sides = [plan_side("one", &["all"], &loads(8), None), plan_side("two", &["all"], &loads(8), None)];
    let text = text(&page(&Plan { differences: loads(8), ..plan(2, sides.to_vec()) }));
    for expected in
        ["Figures at 8 loads from 1 to 8", "Differences at 4 loads from 1 to 4", "Differences at 4 loads from 5 to 8"]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}
