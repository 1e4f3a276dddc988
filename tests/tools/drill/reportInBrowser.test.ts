/** report.html in a real browser: what no look at its text can tell. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { inflateSync } from "node:zlib";

import { expect } from "chai";

import { html } from "../../../tools/drill/report";
import { withPage, type OpenPage } from "../../../tools/html/chromium";
import { screenshots } from "../../../tools/html/screenshot";
import { needs } from "../../helpers/needs";
import { plausibleReport } from "./plausibleReport";

const desktop = { widthPixels: 1600, heightPixels: 900 };

/**
 * How many shades of grey a picture has, and how light it is on average, 0 to 255: enough to tell a
 * page from a blank.
 */
function look(png: Buffer): { shades: number; lightness: number } {
    // A PNG is a signature of 8 bytes and chunks: length, kind, content, checksum.
    const parts: Buffer[] = [];
    for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
        if (png.toString("latin1", at + 4, at + 8) === "IDAT")
            parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
    }
    const [width, channels] = [png.readUInt32BE(16), png[25] === 6 ? 4 : 3];
    const height = png.readUInt32BE(20);
    const rows = unfiltered(inflateSync(Buffer.concat(parts)), width * channels, height, channels);
    const shades = new Set<number>();
    let sum = 0;
    for (let i = 0; i < rows.length; i += channels) {
        const shade = Math.round((rows[i]! + rows[i + 1]! + rows[i + 2]!) / 3);
        shades.add(shade);
        sum += shade;
    }
    return { shades: shades.size, lightness: sum / (width * height) };
}

/** The five filters of PNG, each of which tells a byte by its neighbours. */
function unfiltered(data: Buffer, rowBytes: number, height: number, channels: number): Buffer {
    const rows = Buffer.alloc(rowBytes * height);
    for (let y = 0; y < height; y++) {
        const filter = data[y * (rowBytes + 1)];
        for (let x = 0; x < rowBytes; x++) {
            const at = y * rowBytes + x;
            const left = x < channels ? 0 : rows[at - channels]!;
            const up = y === 0 ? 0 : rows[at - rowBytes]!;
            const corner = x < channels || y === 0 ? 0 : rows[at - rowBytes - channels]!;
            rows[at] = data[y * (rowBytes + 1) + 1 + x]! + predicted(filter, left, up, corner);
        }
    }
    return rows;
}

function predicted(filter: number | undefined, left: number, up: number, corner: number): number {
    if (filter === 1) return left;
    if (filter === 2) return up;
    if (filter === 3) return (left + up) >> 1;
    if (filter !== 4) return 0;
    const [toLeft, toUp, toCorner] = [up - corner, left - corner, left + up - 2 * corner].map(Math.abs) as [
        number,
        number,
        number,
    ];
    if (toLeft <= toUp && toLeft <= toCorner) return left;
    return toUp <= toCorner ? up : corner;
}

describe("tools/drill/report in Chromium", () => {
    const report = plausibleReport(2);
    let folder: string;
    let path: string;

    before(needs("chromium"));

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "drill-report-"));
        path = join(folder, "report.html");
        writeFileSync(path, html(report));
    });

    after(() => {
        rmSync(folder, { recursive: true });
    });

    const numberOf = async (page: OpenPage, expression: string) => Number(await page.evaluate(expression));

    it("is drawn in light and in dark, is as wide as a phone, and asks nothing of the network", async () => {
        await withPage(pathToFileURL(path).href, async (page) => {
            await page.view({ ...desktop, scheme: "light" });
            const light = look(await page.screenshot(desktop.heightPixels));
            await page.view({ ...desktop, scheme: "dark" });
            const dark = look(await page.screenshot(desktop.heightPixels));
            expect(light.shades).to.be.above(50);
            expect(dark.shades).to.be.above(50);
            expect(light.lightness).to.be.above(200);
            expect(dark.lightness).to.be.below(60);

            // With a box: inside of the chart and not of no size.
            const drawn = `[...document.querySelectorAll(".chart svg path")].filter((path) => {
                const box = path.getBoundingClientRect();
                return box.width + box.height > 0;
            }).length`;
            const pods = report.variants.flatMap((variant) => variant.pods).length;
            expect(await numberOf(page, drawn)).to.be.above(2 * pods);
            expect(await numberOf(page, `document.querySelectorAll(".lone").length`)).to.be.above(0);

            await page.view({ scheme: "light", widthPixels: 360, heightPixels: 780 });
            expect(await numberOf(page, "document.documentElement.scrollWidth")).to.equal(360);
            expect(await numberOf(page, "document.documentElement.clientWidth")).to.equal(360);

            expect(page.misbehaviour()).to.deep.equal({ complaints: [], requests: [] });
        });
    });

    it("reads out what is under the pointer, and under the cursor that keys move", async () => {
        await withPage(pathToFileURL(path).href, async (page) => {
            await page.view({ ...desktop, scheme: "light" });
            const readout = `document.querySelector(".readout:not([hidden])")?.innerText ?? "nothing"`;
            expect(await page.evaluate(readout)).to.equal("nothing");
            await page.evaluate(`(() => {
                const svg = document.querySelector(".chart svg");
                const { left, top, width } = svg.getBoundingClientRect();
                const init = { clientX: left + width / 2, clientY: top + 120, bubbles: true };
                svg.dispatchEvent(new PointerEvent("pointermove", init));
            })()`);
            expect(await page.evaluate(readout)).to.match(
                /^14:\d\d[^]*Requests per second\s+requests\s+\d+[^]*p99\s+\d+ ms/,
            );
            await page.evaluate(`(() => {
                const bar = document.querySelector(".chart .bar path.fill");
                bar.dispatchEvent(new PointerEvent("pointermove", { bubbles: true }));
            })()`);
            expect(await page.evaluate(readout)).to.match(/^web-/);
            await page.evaluate(
                `document.querySelector(".chart").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }))`,
            );
            expect(await page.evaluate(readout)).to.match(/^0:01/);
            expect(page.misbehaviour().complaints).to.deep.equal([]);
        });
    });

    it("leaves pictures of the whole page: light, dark, and as wide as a phone", async () => {
        const paths = await screenshots(path, join(folder, "pictures"));
        expect(paths.map((each) => basename(each))).to.deep.equal([
            "report-light.png",
            "report-dark.png",
            "report-phone.png",
        ]);
        const sizes = paths
            .map((each) => readFileSync(each))
            .map((png) => [png.readUInt32BE(16), png.readUInt32BE(20)]);
        expect(sizes.map(([width]) => width)).to.deep.equal([1320, 1320, 360]);
        for (const [, height] of sizes) expect(height).to.be.above(3000);
    });

    it("leaves pictures that begin with an element, and says where there is no such one", async () => {
        const [light = ""] = await screenshots(`${path}#time-ours`, join(folder, "parts"), 500);
        expect(readFileSync(light).readUInt32BE(20)).to.equal(500);
        const whole = await screenshots(path, join(folder, "tops"), 500);
        expect(readFileSync(light).equals(readFileSync(whole[0] ?? ""))).to.equal(false);
        const error = await screenshots(`${path}#nothing`, join(folder, "parts")).catch((reason: unknown) => reason);
        expect(String(error)).to.include("no element with the id nothing");
    });

    it("sees what a page should not do", async () => {
        const bad = join(folder, "bad.html");
        writeFileSync(
            bad,
            `<script>console.error("no"); throw new Error("bad")</script><img src="http://127.0.0.1:9/x">`,
        );
        await withPage(pathToFileURL(bad).href, (page) => {
            const { complaints, requests } = page.misbehaviour();
            expect(complaints.join("\n")).to.include("no").and.include("bad");
            expect(requests).to.deep.equal(["http://127.0.0.1:9/x"]);
            return Promise.resolve();
        });
    });
});
