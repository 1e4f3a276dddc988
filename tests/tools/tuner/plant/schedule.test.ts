import { expect } from "chai";

import { Controller } from "../../../../tools/tuner/controller";
import { dayOf, plant, setting } from "../../../../tools/tuner/example";
import { isTimeZone, scheduledReplicas, type Schedule } from "../../../../tools/tuner/plant/schedule";
import { hpaSpecOf } from "../../../../tools/tuner/plant/setting";
import { emptyCourse, simulate } from "../../../../tools/tuner/plant/simulation";

const office: Schedule = {
    timeZone: "Etc/UTC",
    windows: [
        { days: [1, 2, 3, 4, 5], fromMinute: 470, untilMinute: 1080, replicas: 9 },
        { days: [1, 2, 3, 4, 5], fromMinute: 600, untilMinute: 660, replicas: 12 },
        { days: [0, 6], fromMinute: 0, untilMinute: 1439, replicas: 4 },
    ],
};

/** Around a time, a tick before it and the tick that begins then. */
function around(schedule: Schedule, time: string): readonly number[] {
    return [...scheduledReplicas(schedule, Date.parse(time) / 1000 - 15, 2)];
}

describe("replicas by the clock", () => {
    it("are those of the window that asks for the most, from its first minute to before its last, on its days", () => {
        // A Tuesday.
        expect(around(office, "2026-11-24T07:50:00Z")).to.deep.equal([1, 9]);
        expect(around(office, "2026-11-24T10:00:00Z")).to.deep.equal([9, 12]);
        expect(around(office, "2026-11-24T11:00:00Z")).to.deep.equal([12, 9]);
        expect(around(office, "2026-11-24T18:00:00Z")).to.deep.equal([9, 1]);
        // Friday to Saturday, and a day's last minute.
        expect(around(office, "2026-11-28T00:00:00Z")).to.deep.equal([1, 4]);
        expect(around(office, "2026-11-28T23:59:00Z")).to.deep.equal([4, 1]);
        expect(around(office, "2026-11-29T00:00:00Z")).to.deep.equal([1, 4]);
    });

    it("go by the zone's clock, in summer as in winter", () => {
        const berlin = { ...office, timeZone: "Europe/Berlin" };
        expect(around(berlin, "2026-11-24T06:50:00Z")).to.deep.equal([1, 9]);
        expect(around(berlin, "2026-07-14T05:50:00Z")).to.deep.equal([1, 9]);
        expect(around({ ...office, timeZone: "Asia/Kolkata" }, "2026-11-24T02:20:00Z")).to.deep.equal([1, 9]);
        // Sunday there, Saturday here.
        expect(around({ ...office, timeZone: "Pacific/Auckland" }, "2026-11-27T11:00:00Z")).to.deep.equal([1, 4]);
        expect([isTimeZone("Europe/Berlin"), isTimeZone("Europe/Berlim")]).to.deep.equal([true, false]);
    });

    it("are asked for beside CPU: before the load comes, and no sooner given up than the window allows", () => {
        const quiet = dayOf(() => 5);
        const scheduled = { ...setting, schedule: office };
        const course = emptyCourse(quiet.requestsPerSecond.length);
        const outcome = simulate(quiet, scheduled, plant, new Controller(hpaSpecOf(scheduled, plant.workers)), course);
        const at = (hour: number, minute: number) => course.replicas[(hour * 60 + minute) * 4];
        expect([at(7, 49), at(7, 52), at(9, 0), at(10, 2), at(11, 30), at(18, 4)]).to.deep.equal([3, 9, 9, 12, 9, 9]);
        expect(at(18, 12)).to.equal(3);
        // CPU asks for nothing.
        expect(outcome.cpuRulesSeconds).to.equal(0);
        // From the first tick of a trace on.
        const noon = { ...quiet, startSeconds: quiet.startSeconds + 12 * 3600 };
        simulate(noon, scheduled, plant, new Controller(hpaSpecOf(scheduled, plant.workers)), course);
        expect(course.replicas[0]).to.equal(9);
    });
});
