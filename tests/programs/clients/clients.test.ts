/** Slow, idle, half-open and pipelining clients, against the real nginx and php-fpm. */
import { expect } from "chai";

import { needs } from "../../helpers/needs";
import { playClients } from "../playPod";
import { type Act, type ActName, acts } from "./acts";
import type { Played } from "./playAct";

const titles: Readonly<Record<ActName, string>> = {
    steady: "a pod that serves is right with",
    drain: "a pod that ends is right with",
    leave: "a pod that ends and has nothing else to do is right with",
    full: "a pod with no place for another request is right with",
    queue: "a pod with as many requests as it may have is right with",
    crowd: "a pod with no connection for another client is right with",
};

describe("clients of the real programs:", function () {
    this.timeout(120_000);
    before(needs("nginx", "php-fpm", "ip", "network namespaces"));

    const played = new Map<string, Played>();

    // All at once: they do little but wait.
    before(async () => {
        const names = Object.keys(acts) as ActName[];
        await Promise.all(names.map(async (name) => played.set(name, await playClients(name))));
    });

    for (const [name, { ways }] of Object.entries<Act>(acts)) {
        describe(titles[name as ActName], () => {
            for (const [title, { check }] of Object.entries(ways)) {
                it(title, () => {
                    const { seen, failures } = played.get(name)!;
                    expect(failures[title]).to.equal(undefined);
                    check(seen[title]);
                });
            }

            it("all of them, without a word of nginx' own troubles", () => {
                expect(played.get(name)!.troubles).to.deep.equal([]);
            });
        });
    }
});
