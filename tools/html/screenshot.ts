/**
 * Pictures of a report, for documents and for who cannot open it: light, dark, and as on a phone.
 *
 * Usage: tsx tools/html/screenshot.ts REPORT.html[#ID] [FOLDER [HEIGHT]]
 *   ID      of the element that the pictures begin with; the page's top where absent
 *   FOLDER  where report-light.png, report-dark.png and report-phone.png go; the report's own where absent
 *   HEIGHT  of the pictures; all that there is where absent
 *
 * Needs Chromium: scripts/install-test-programs.sh installs it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { withPage, type OpenPage, type View } from "./chromium";

const views: Readonly<Record<string, View>> = {
    light: { scheme: "light", widthPixels: 1320, heightPixels: 900 },
    dark: { scheme: "dark", widthPixels: 1320, heightPixels: 900 },
    phone: { scheme: "light", widthPixels: 360, heightPixels: 780 },
};

/** Space above the element that a picture begins with. */
const marginPixels = 16;

/**
 * Returns the paths of the pictures.
 *
 * @param report path, and #ID where they are to begin with an element
 * @throws where the page has no such element
 */
export async function screenshots(report: string, folder: string, atMostPixels = Infinity): Promise<readonly string[]> {
    const [reportPath = "", id] = report.split("#");
    mkdirSync(folder, { recursive: true });
    return await withPage(pathToFileURL(resolve(reportPath)).href, async (page) => {
        const paths: string[] = [];
        for (const [name, view] of Object.entries(views)) {
            const path = join(folder, `${basename(reportPath, extname(reportPath))}-${name}.png`);
            await page.view(view);
            const fromPixels = id === undefined ? 0 : await topOf(page, id);
            writeFileSync(path, await page.screenshot(atMostPixels, fromPixels));
            paths.push(path);
        }
        return paths;
    });
}

async function topOf(page: OpenPage, id: string): Promise<number> {
    const top = await page.evaluate(
        `document.getElementById(${JSON.stringify(id)})?.getBoundingClientRect().top + window.scrollY`,
    );
    if (typeof top !== "number") throw new Error(`The page has no element with the id ${id}.`);
    return Math.max(0, top - marginPixels);
}

if (require.main === module) {
    const [report, folder, height] = process.argv.slice(2);
    if (report === undefined || Number.isNaN(Number(height ?? 1))) {
        console.error("Usage: tsx tools/html/screenshot.ts REPORT.html[#ID] [FOLDER [HEIGHT]]");
        process.exitCode = 2;
    } else {
        screenshots(report, folder ?? dirname(report), height === undefined ? undefined : Number(height)).then(
            (paths) => {
                console.log(paths.join("\n"));
            },
            (error: unknown) => {
                console.error(error instanceof Error ? error.message : String(error));
                process.exitCode = 1;
            },
        );
    }
}
