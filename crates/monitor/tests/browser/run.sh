#!/bin/sh
# Runs the tests of pages in a browser if what they need is here, and says plainly what is left out if it is not.
#
#   run.sh [NAME]     NAME is one of the files of tests, such as thread
#
# CHROMIUM names another browser, TOLLGATE another binary than the one that is built, ARTEFACTS where screenshots go.
set -eu
cd "$(dirname "$0")/../../../.."
tests=crates/monitor/tests/browser

leave_out() {
    cat >&2 <<END

Left out: the tests of pages in a browser, because $1. Not tested are
  - that the way in, every page and every tab open without an error or a request to another host
  - that every Export... link gives the file that tollgate run writes
  - sorting, the menu of ranges by keyboard, and the switch of counting rules
  - light and dark, narrow and wide, without the script, and what axe finds of hindrances
  - that the page of a plan asks for nothing but itself, and can be read on a screen and on paper
On Debian and its kin, this brings what they need:  sudo apt-get install chromium nodejs npm
Elsewhere: Chromium or Chrome, and Node.js 18 or later with npm. Then:  make test-pages

END
    exit 0
}

find_browser() {
    for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
        '/Applications/Chromium.app/Contents/MacOS/Chromium' \
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'; do
        if [ -n "$browser" ] && command -v "$browser"; then return; fi
    done
    return 1
}

command -v node >/dev/null || leave_out 'there is no Node.js'
node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' || leave_out 'Node.js is older than 18'
CHROMIUM=$(find_browser) || leave_out 'there is no Chromium'
if ! npm --prefix "$tests" ls >/dev/null 2>&1; then
    command -v npm >/dev/null || leave_out 'there is no npm'
    (cd "$tests" && npm ci --no-audit --no-fund) >&2 || leave_out 'npm could not fetch what they need'
fi
if [ -z "${TOLLGATE:-}" ]; then
    make --no-print-directory build >&2
    TOLLGATE=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)/tollgate
fi
export CHROMIUM TOLLGATE
ONLY=${1:-} exec node --test --test-reporter spec "$tests/all.test.mjs"
