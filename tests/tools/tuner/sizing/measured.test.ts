import { expect } from "chai";

import { measureUse } from "../../../../tools/tuner/sizing/measured";
import { needs } from "../../../helpers/needs";
import { startPrometheus, type RealPrometheus } from "../traffic/realPrometheus";

const startSeconds = Date.UTC(2026, 10, 20) / 1000;

/** A figure that is twice as high in the second half of each hour. */
const changing = (low: number) => (seconds: number) => (seconds % 3600 < 1800 ? low : 2 * low);

const labels = (pod: string, rest = "") => `{namespace="web",pod="${pod}"${rest}}`;
const phpFpm = ',container="php-fpm"';

describe("what pods have used", function () {
    this.timeout(60_000);
    let prometheus: RealPrometheus;

    before(needs("prometheus", "promtool"));

    before(async () => {
        const [large, small] = ["web-5d9-abcde", "web-5d9-fghij"];
        const series = [
            { name: `container_memory_working_set_bytes${labels(large, phpFpm)}`, valueAt: changing(400) },
            { name: `container_memory_working_set_bytes${labels(small, phpFpm)}`, valueAt: changing(200) },
            { name: `container_memory_working_set_bytes${labels(large, ',container="nginx"')}`, valueAt: () => 9000 },
            { name: `container_memory_working_set_bytes${labels("web-mail-5d9-a", phpFpm)}`, valueAt: () => 9000 },
            { name: `phpfpm_active_processes${labels(large)}`, valueAt: changing(6) },
            { name: `phpfpm_active_processes${labels(small)}`, valueAt: changing(2) },
            {
                name: `container_cpu_usage_seconds_total${labels(large, phpFpm)}`,
                valueAt: (seconds: number) => seconds * 0.5,
            },
            {
                name: `container_cpu_usage_seconds_total${labels(small, phpFpm)}`,
                valueAt: (seconds: number) => seconds * 0.2,
            },
        ];
        prometheus = await startPrometheus(
            series.map((each) => ({ ...each, scrapeSeconds: 60 })),
            startSeconds,
            25,
        );
    });

    after(async () => {
        await prometheus.end();
    });

    const measure = (hours: number, namespace = "web") =>
        measureUse(
            prometheus,
            { fromSeconds: startSeconds, toSeconds: startSeconds + hours * 3600, stepSeconds: 60 },
            { namespace, name: "web" },
        );

    it("is of php-fpm in the pods that serve: the most of any pod, and the mean of a pod", async () => {
        const uses = await measure(25);
        if (typeof uses === "string") throw new Error(uses);
        // The most of a stretch is not its mean: at half past there is one figure of the higher ones in it.
        expect(uses[12 + 5]).to.include({ mostBytes: 800 });
        // At a quarter past, and at a quarter to.
        expect([uses[12 + 2], uses[12 + 8]]).to.deep.equal([
            { mostCores: 0.5, mostBytes: 400, meanBytes: 300, busyWorkers: 4 },
            { mostCores: 0.5, mostBytes: 800, meanBytes: 600, busyWorkers: 8 },
        ]);
    });

    it("is not known from less than a day, or where a series is missing", async () => {
        expect(await measure(4)).to.match(
            /^What a pod should ask for is not known: Prometheus has 4 h of what pods used, and a day at least is needed\.$/,
        );
        expect(await measure(25, "other")).to.match(
            /Prometheus has nothing for max\(rate\(container_cpu_usage_seconds_total/,
        );
    });
});
