import { stacks, recordingOf } from "../helpers/stacks";
import { promises } from "./promises";

describe("the promise", () => {
    for (const stack of stacks) {
        describe(`in stack ${stack}`, () => {
            for (const { name, check } of promises) {
                it(name, async () => {
                    check(await recordingOf(stack));
                });
            }
        });
    }
});
