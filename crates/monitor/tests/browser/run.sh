#!/bin/sh
# Runs the browser tests of pages. If a program that they need is missing, it lists what is not tested.
#
#   run.sh [NAME]     NAME selects a file of tests, such as thread
#
# Environment variables: CHROMIUM is the browser, TOLLGATE the binary to test (default: the one that make build builds), and
# ARTEFACTS the directory for screenshots.
set -eu
cd "$(dirname "$0")/../../../.."
tests=crates/monitor/tests/browser

leave_out() {
    cat >&2 <<END

Skipped the browser tests, because $1. These are not tested:
  - the log-in page, every page and every tab open without errors and without requests to other hosts
  - every Export... link gives the file that tollgate run writes
  - sorting, choosing a time range with the keyboard, and switching the counting rule
  - both colour schemes, narrow and wide windows, pages without the script, and accessibility (axe)
  - the page of a plan requests no other file, is readable on screen and on paper, and its graphs can be read off with the keyboard
  - the report of a fit requests no other file, and is readable on screen and on paper
On Debian or Ubuntu, install what they need with:  sudo apt-get install chromium nodejs npm
On other systems, install Chromium or Chrome, and Node.js 18 or later with npm. Then run:  make test-pages

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

command -v node >/dev/null || leave_out 'Node.js is not installed'
node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' || leave_out 'Node.js is older than 18'
CHROMIUM=$(find_browser) || leave_out 'Chromium is not installed'
if ! npm --prefix "$tests" ls >/dev/null 2>&1; then
    command -v npm >/dev/null || leave_out 'npm is not installed'
    (cd "$tests" && npm ci --no-audit --no-fund) >&2 || leave_out 'npm could not install their packages'
fi
if [ -z "${TOLLGATE:-}" ]; then
    make --no-print-directory build >&2
    TOLLGATE=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)/tollgate
fi
export CHROMIUM TOLLGATE
ONLY=${1:-} exec node --test --test-reporter spec "$tests/all.test.mjs"
