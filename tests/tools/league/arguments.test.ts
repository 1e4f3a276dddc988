import { expect } from "chai";

import { UsageError } from "../../../tools/common/commandLine";
import { controllerNames } from "../../../tools/lab/controller";
import { readLeagueArguments } from "../../../tools/league/arguments";

describe("the command line of a league", () => {
    const read = (...args: readonly string[]) => readLeagueArguments(args, {});

    it("is of every controller that the lab can run", () => {
        expect(read()).to.deep.equal({
            controllers: controllerNames,
            drillArgs: [],
            isTableOnly: false,
            command: "make league",
        });
    });

    it("is of those that are named, in their order, each once", () => {
        expect(read("--controllers", "traefik,ingress-nginx,traefik").controllers).to.deep.equal([
            "traefik",
            "ingress-nginx",
        ]);
    });

    it("hands the drill's options to each drill, and its own to none", () => {
        const { drillArgs, command } = read("--short", "--controllers", "traefik", "--rate=10", "--long-rate", "0.2");
        expect(drillArgs).to.have.members(["--short", "--rate", "10", "--long-rate", "0.2"]);
        expect(command).to.equal('make league ARGS="--short --controllers traefik --rate=10 --long-rate 0.2"');
    });

    for (const [args, message] of [
        [["--controllers", "haproxy"], "There is no controller haproxy. There are ingress-nginx,"],
        [["--controllers", ""], "There is no controller ."],
        [["--events", "flood"], "There is no event flood."],
        [["--rate", "0"], "--rate 0: it takes"],
        [["--out", "x"], "--out"],
        [["--context", "prod"], "--context"],
        [["--table", "--short"], "--table drills nothing: without --short."],
        [["--events", "scale-out;reboot"], "scale-out;reboot: no option of a league takes that."],
    ] as const) {
        it(`refuses ${args.join(" ")} before anything is touched`, () => {
            expect(() => read(...args))
                .to.throw(UsageError)
                .with.property("message")
                .that.includes(message);
        });
    }

    it("refuses one controller by CONTROLLER, as the goals beside it have it", () => {
        expect(() => readLeagueArguments([], { CONTROLLER: "traefik" })).to.throw(
            UsageError,
            "CONTROLLER=traefik: a league is of several. --controllers names them.",
        );
        expect(readLeagueArguments([], { CONTROLLER: "" }).controllers).to.equal(controllerNames);
    });
});
