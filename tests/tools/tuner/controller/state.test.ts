/** Slots that are used again, which no decision shows until a spec with longer periods brings old events back. */
import { expect } from "chai";

import { storeScaleEvent } from "../../../../tools/tuner/controller/state";

const nowMilliseconds = 1_000_000;
const event = (replicaChange: number, secondsAgo: number, outdated = false) => ({
    replicaChange,
    atMilliseconds: nowMilliseconds - secondsAgo * 1000,
    outdated,
});

describe("what the model remembers of a change of the scale", () => {
    const rows: readonly [title: string, before: ReturnType<typeof event>[], after: ReturnType<typeof event>[]][] = [
        ["is the first", [], [event(5, 0)]],
        ["goes behind what counts", [event(1, 59)], [event(1, 59), event(5, 0)]],
        ["leaves what is as old as the longest period", [event(1, 60)], [event(1, 60), event(5, 0)]],
        ["takes the slot of what is older", [event(1, 60.001)], [event(5, 0)]],
        [
            "takes the last of such slots",
            [event(1, 100), event(2, 61), event(3, 10)],
            [event(1, 100, true), event(5, 0), event(3, 10)],
        ],
        [
            "takes a slot that was free once, though a longer period would count it",
            [event(1, 20), event(2, 30, true)],
            [event(1, 20), event(5, 0)],
        ],
    ];
    for (const [title, events, expected] of rows) {
        it(title, () => {
            storeScaleEvent(events, 5, nowMilliseconds, 60);
            expect(events).to.deep.equal(expected);
        });
    }
});
