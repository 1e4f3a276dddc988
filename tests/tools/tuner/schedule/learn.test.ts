import { expect } from "chai";

import { dayOf } from "../../../../tools/tuner/example";
import { dailyPeaks, groupings, scheduleFor, type Grouping } from "../../../../tools/tuner/schedule/learn";

const [everyDay, workAndWeekend] = groupings as readonly [Grouping, Grouping];

/** From Tuesday on; 10 requests a second, 90 from 8 to 18 of working days. */
function weeks(days: number) {
    const traffic = dayOf((hour) => (hour >= 8 && hour < 18 ? 90 : 10), days);
    const dayTicks = 5760;
    for (let day = 0; day < days; day++) {
        if ((day + 2) % 7 === 0 || (day + 2) % 7 === 6)
            traffic.requestsPerSecond.fill(10, day * dayTicks, (day + 1) * dayTicks);
    }
    return traffic;
}

describe("what recurs in weeks of traffic", () => {
    it("is the peak of each hour, on working days and on weekends", () => {
        const [work, weekend] = dailyPeaks(weeks(7), workAndWeekend, "Etc/UTC");
        expect(work?.map(Math.round)).to.deep.equal([
            ...Array<number>(8).fill(10),
            ...Array<number>(10).fill(90),
            86,
            ...Array<number>(5).fill(10),
        ]);
        expect(weekend?.map(Math.round)).to.deep.equal(Array<number>(24).fill(10));
        const [berlin] = dailyPeaks(weeks(7), workAndWeekend, "Europe/Berlin");
        expect([berlin?.[8], berlin?.[9], berlin?.[18]].map((peak) => Math.round(peak ?? 0))).to.deep.equal([
            10, 90, 90,
        ]);
    });

    it("is no matter of a few seconds, or of one odd day", () => {
        const traffic = weeks(14);
        traffic.requestsPerSecond.fill(5000, 720, 721);
        traffic.requestsPerSecond.fill(900, 5760, 2 * 5760);
        const [work] = dailyPeaks(traffic, workAndWeekend, "Etc/UTC");
        expect(work?.map(Math.round)).to.deep.equal([
            ...Array<number>(8).fill(10),
            ...Array<number>(10).fill(90),
            86,
            ...Array<number>(5).fill(10),
        ]);
        // Of a single day five minutes are a peak.
        const [once] = dailyPeaks({ ...traffic, requestsPerSecond: traffic.requestsPerSecond.subarray(0, 5760) }, everyDay, "Etc/UTC"); // prettier-ignore
        expect(Math.round(once?.[3] ?? 0)).to.equal(Math.round((19 * 10 + 5000) / 20));
    });

    const windowsOf = (peaks: readonly number[], podRate: number, min = 2, max = 100) =>
        scheduleFor([peaks], everyDay, "Etc/UTC", podRate, min, max).windows.map(
            ({ fromMinute, untilMinute, replicas }) => `${fromMinute}-${untilMinute}: ${replicas}`,
        );

    it("becomes windows that begin ten minutes early, of what is more than minReplicas", () => {
        const peaks = [...Array<number>(8).fill(10), ...Array<number>(10).fill(90), ...Array<number>(6).fill(30)];
        expect(windowsOf(peaks, 10)).to.deep.equal(["470-1080: 9", "1070-1439: 3"]);
        expect(windowsOf(peaks, 10, 3)).to.deep.equal(["470-1080: 9"]);
        expect(windowsOf(peaks, 10, 9)).to.deep.equal([]);
        expect(windowsOf(peaks, 10, 2, 6)).to.deep.equal(["470-1080: 6", "1070-1439: 3"]);
        expect(windowsOf(Array<number>(24).fill(50), 10)).to.deep.equal(["0-1439: 5"]);
    });

    it("becomes four windows a day at most, and what costs least is joined to them", () => {
        const peaks = Array.from({ length: 24 }, (_, hour) => 10 * (1 + Math.min(hour, 23 - hour)));
        const windows = windowsOf(peaks, 10, 1);
        expect(windows).to.have.length.within(3, 4);
        // None of the hours has less than it needs.
        const { windows: all } = scheduleFor([peaks], everyDay, "Etc/UTC", 10, 1, 100);
        for (const [hour, peak] of peaks.entries()) {
            const there = all.filter(
                ({ fromMinute, untilMinute }) => fromMinute <= hour * 60 && untilMinute > hour * 60,
            );
            expect(Math.max(1, ...there.map(({ replicas }) => replicas)), String(hour)).to.be.at.least(peak / 10);
        }
        const dip = [...Array<number>(12).fill(50), 45, ...Array<number>(11).fill(50)];
        dip[3] = 20;
        dip[6] = 10;
        dip[20] = 10;
        expect(windowsOf(dip, 10, 1)).to.deep.equal(["0-1200: 5", "1250-1439: 5"]);
    });
});
