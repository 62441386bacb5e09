"What axe-core (tests/vendor) says of a page, and what a page can be pressed on by mouse but not by keyboard."
import vendor

FOLDER = vendor.FOLDERS[1]
AXE = vendor.stored(vendor.table(FOLDER)[0]['files'][0], FOLDER).decode()
GRAVE = 'serious', 'critical'

# Whatever shows a pointing hand is in something, or has something in it, that Tab or an arrow key reaches.
OUT_OF_REACH = '''() => {
    const reached = 'a[href], button, input, select, textarea, summary, label, [tabindex]';
    const isShown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length;
    const isPressed = (e) => ['pointer', 'grab'].includes(getComputedStyle(e).cursor);
    return [...document.body.querySelectorAll('*')]
        .filter((e) => isShown(e) && isPressed(e) && !e.closest(reached) && !e.querySelector(reached))
        .map((e) => e.outerHTML.slice(0, 120));
}'''


def grave_faults(page, within=None):
    "What axe finds serious or critical, one line each; `within` is a selector, None the whole page."
    if not page.evaluate('Boolean(window.axe)'): page.evaluate(AXE)
    found = page.evaluate('(within) => axe.run(within ?? document, { resultTypes: ["violations"] })', within)
    assert found['passes'], 'axe has looked at nothing'
    def line(fault):
        places = ', '.join(' '.join(map(str, node['target'])) for node in fault['nodes'])
        return f'{fault["impact"]}: {fault["id"]} ({fault["help"]}): {places}'
    return [line(fault) for fault in found['violations'] if fault['impact'] in GRAVE]


def out_of_reach(page): return page.evaluate(OUT_OF_REACH)


def tabbed_through(page, limit=400):
    "The numbers of what Tab reaches from the beginning of the page, and of all that it should reach."
    wanted = page.evaluate('''() => {
        document.activeElement?.blur();
        const rooms = [...document.querySelectorAll('dialog[open]')];
        const isShown = (e) => e.checkVisibility({ visibilityProperty: true });
        const stops = 'a[href], button, input, select, textarea, [tabindex]';
        return [...(rooms.at(-1) ?? document).querySelectorAll(stops)]
            .filter((e) => e.tabIndex >= 0 && !e.disabled && isShown(e))
            .map((e, i) => { e.dataset.stop = i; return i; });
    }''')
    reached = set()
    for _ in range(min(limit, len(wanted) + 8)):
        page.keyboard.press('Tab')
        stop = page.evaluate('document.activeElement?.dataset.stop ?? null')
        if stop is not None: reached.add(int(stop))
    return reached, set(wanted)
