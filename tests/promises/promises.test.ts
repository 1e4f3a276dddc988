import { recordingOf } from "../helpers/stacks";
import { promises } from "./promises";

describe("the promise", () => {
    // A further stack may leave ingress-nginx out, or have one replica: the policies judge it.
    for (const stack of ["dev", "lab", "prod"]) {
        describe(`in stack ${stack}`, () => {
            for (const { name, check } of promises) {
                it(name, async () => {
                    check(await recordingOf(stack));
                });
            }
        });
    }
});
