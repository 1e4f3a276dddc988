import { expect } from "chai";

import type { Schedule } from "../../../../tools/tuner/plant/schedule";
import { scheduleOf, triggersOf } from "../../../../tools/tuner/schedule/triggers";

const schedule: Schedule = {
    timeZone: "Europe/Berlin",
    windows: [
        { days: [1, 2, 3, 4, 5], fromMinute: 470, untilMinute: 1080, replicas: 9 },
        { days: [0, 6], fromMinute: 0, untilMinute: 1439, replicas: 4 },
        { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 600, untilMinute: 660, replicas: 12 },
    ],
};

describe("a schedule as KEDA's triggers", () => {
    it("has one of cron for each window", () => {
        expect(
            triggersOf(schedule).map(({ name, type, metadata }) => [name, type, ...Object.values(metadata)]),
        ).to.deep.equal([
            ["schedule-1", "cron", "Europe/Berlin", "50 7 * * 1-5", "0 18 * * 1-5", "9"],
            ["schedule-2", "cron", "Europe/Berlin", "0 0 * * 0,6", "59 23 * * 0,6", "4"],
            ["schedule-3", "cron", "Europe/Berlin", "0 10 * * *", "0 11 * * *", "12"],
        ]);
    });

    it("is read from those again", () => {
        expect(scheduleOf(triggersOf(schedule))).to.deep.equal(schedule);
    });

    it("is not read from others", () => {
        const [trigger] = triggersOf(schedule);
        if (trigger === undefined) throw new Error("no trigger");
        const withMetadata = (metadata: Record<string, string>) => [{ ...trigger, metadata: { ...trigger.metadata, ...metadata } }]; // prettier-ignore
        expect(scheduleOf(withMetadata({}))).not.to.equal(undefined);
        for (const metadata of [
            { start: "50 19 * * 1-5" },
            { start: "50 7 1 * 1-5" },
            { start: "*/5 7 * * 1-5" },
            { start: "70 7 * * 1-5" },
            { end: "0 18 * * 1-6" },
            { end: "0 25 * * 1-5" },
            { desiredReplicas: "many" },
        ]) {
            expect(scheduleOf(withMetadata(metadata)), JSON.stringify(metadata)).to.equal(undefined);
        }
        expect(scheduleOf([...withMetadata({}), ...withMetadata({ timezone: "Etc/UTC" })])).to.equal(undefined);
        expect(scheduleOf([trigger, { type: "prometheus", metadata: { timezone: "Europe/Berlin" } }])).to.equal(
            undefined,
        );
        expect(scheduleOf([])).to.equal(undefined);
    });
});
