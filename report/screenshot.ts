/**
 * Pictures of a report, for documents and for who cannot open it: light, dark, and as on a phone.
 *
 * Usage: tsx report/screenshot.ts REPORT.html [FOLDER [HEIGHT]]
 *   FOLDER  where report-light.png, report-dark.png and report-phone.png go; the report's own where absent
 *   HEIGHT  of the pictures, from the page's top on; all of it where absent
 *
 * Needs Chromium: scripts/install-test-programs.sh installs it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { withPage, type View } from "./chromium";

const views: Readonly<Record<string, View>> = {
    light: { scheme: "light", widthPixels: 1320, heightPixels: 900 },
    dark: { scheme: "dark", widthPixels: 1320, heightPixels: 900 },
    phone: { scheme: "light", widthPixels: 360, heightPixels: 780 },
};

/** Returns the paths of the pictures. */
export async function screenshots(
    reportPath: string,
    folder: string,
    atMostPixels = Infinity,
): Promise<readonly string[]> {
    mkdirSync(folder, { recursive: true });
    return await withPage(pathToFileURL(resolve(reportPath)).href, async (page) => {
        const paths: string[] = [];
        for (const [name, view] of Object.entries(views)) {
            const path = join(folder, `${basename(reportPath, extname(reportPath))}-${name}.png`);
            await page.view(view);
            writeFileSync(path, await page.screenshot(atMostPixels));
            paths.push(path);
        }
        return paths;
    });
}

if (require.main === module) {
    const [reportPath, folder, height] = process.argv.slice(2);
    if (reportPath === undefined || Number.isNaN(Number(height ?? 1))) {
        console.error("Usage: tsx report/screenshot.ts REPORT.html [FOLDER [HEIGHT]]");
        process.exitCode = 2;
    } else {
        screenshots(reportPath, folder ?? dirname(reportPath), height === undefined ? undefined : Number(height)).then(
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
