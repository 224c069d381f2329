"""What keeps somebody from using a page: controls without a name, faint letters, small targets, a page too wide."""

from playwright.async_api import Page

TABS_MAX = 12

_FAULTS = """() => {
    const faults = [];
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const pixel = (color, under) => {
        canvas.fillStyle = under;
        canvas.fillRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const css = ([red, green, blue]) => `rgb(${red} ${green} ${blue})`;
    const ground = (element) => {
        const layers = [];
        for (let one = element; one; one = one.parentElement) layers.unshift(getComputedStyle(one).backgroundColor);
        return layers.reduce((under, color) => css(pixel(color, under)), "white");
    };
    const light = (rgb) => {
        const straight = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        const [red, green, blue] = rgb.map((part) => straight(part / 255));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (one, other) => {
        const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
        return (bright + 0.05) / (dark + 0.05);
    };
    const seen = (element) => element.checkVisibility() && !element.closest("[aria-hidden=true], .unseen, :disabled");
    const called = (element) => element.outerHTML.slice(0, 90);

    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) faults.push(`it is ${root.scrollWidth} wide on ${root.clientWidth}`);
    if (!["ru", "en"].includes(root.lang)) faults.push("it says no language");
    if (document.querySelectorAll("h1").length !== 1) faults.push("it has not one heading");

    for (const one of document.querySelectorAll("a, button, summary, input, textarea, select, [role=img]")) {
        if (!seen(one)) continue;
        const labels = [...(one.labels ?? [])].map((label) => label.innerText).join("").trim();
        const name = one.ariaLabel || one.innerText?.trim() || labels;
        if (!name) faults.push(`no name: ${called(one)}`);
        const { width, height } = one.getBoundingClientRect();
        if (Math.min(width, height) < 24) faults.push(`${width} x ${height} is too small: ${called(one)}`);
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !seen(element)) continue;
        const { color, fontSize, fontWeight } = getComputedStyle(element);
        const under = ground(element);
        const found = contrast(pixel(color, under), pixel(under, under));
        const large = parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700);
        if (found < (large ? 3 : 4.5)) faults.push(`${found.toFixed(2)} is too faint: ${called(element)}`);
    }
    return faults;
}"""
_UNMARKED = """() => {
    const { activeElement: one } = document;
    if (!one || one === document.body) return "";
    const shown = one.matches("input.unseen") ? one.parentElement : one;
    const { outlineStyle, outlineWidth } = getComputedStyle(shown);
    return outlineStyle === "none" || parseFloat(outlineWidth) < 2 ? one.outerHTML.slice(0, 90) : "";
}"""


async def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands."""
    found: list[str] = await page.evaluate(_FAULTS)
    return found


async def unmarked(page: Page) -> list[str]:
    """What the keyboard comes to without anybody seeing it, from the top of the page."""
    found: list[str] = []
    for _ in range(TABS_MAX):
        await page.keyboard.press("Tab")
        found.append(await page.evaluate(_UNMARKED))
    return [one for one in found if one]
