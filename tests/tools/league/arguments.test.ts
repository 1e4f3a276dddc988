import { expect } from "chai";

import { UsageError } from "../../../tools/common/commandLine";
import { allEvents } from "../../../tools/drill/events";
import { controllerNames } from "../../../tools/lab/controller";
import { readLeagueArguments } from "../../../tools/league/arguments";

describe("the command line of a league", () => {
    const read = (...args: readonly string[]) => readLeagueArguments(args, {});

    it("is of every controller that the lab can run", () => {
        expect(read()).to.deep.equal({
            controllers: controllerNames,
            drillArgs: read().drillArgs,
            isTableOnly: false,
            isJoined: false,
            limitSeconds: 7200,
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
        expect(drillArgs.slice(2)).to.have.members(["--rate", "10", "--long-rate", "0.2"]);
        expect(command).to.equal('make league ARGS="--short --controllers traefik --rate=10 --long-rate 0.2"');
    });

    it("is short by a short drill's events, and by how the controller itself takes a change", () => {
        const { drillArgs, limitSeconds } = read("--short");
        const events = "configuration-rollout,pod-deletion,route-change,ingress-rollout";
        expect(drillArgs).to.deep.equal(["--events", events]);
        expect(limitSeconds).to.equal(3600);
        expect(read("--short", "--events", "scale-out").drillArgs).to.deep.equal(["--events", "scale-out"]);
    });

    it("has a page asked instead of /echo, as a drill has", () => {
        const { drillArgs } = read("--request", "/echo", "--expect", "sha1");
        expect(drillArgs.slice(2)).to.have.members(["--request", "/echo", "--expect", "sha1"]);
    });

    it("has all events of a drill, and what others do to the controller", () => {
        const [option, events = ""] = read().drillArgs;
        expect(option).to.equal("--events");
        expect(events.split(",")).to.have.members([...allEvents.map(({ name }) => name), "route-change"]);
    });

    it("goes on with one that was stopped where that is asked for", () => {
        expect(read("--join", "--short").isJoined).to.equal(true);
        expect(read("--join", "--short").drillArgs).to.deep.equal(read("--short").drillArgs);
    });

    for (const [args, message] of [
        [["--controllers", "haproxy"], "There is no controller haproxy. There are ingress-nginx,"],
        [["--controllers", ""], "There is no controller ."],
        [["--events", "flood"], "There is no event flood."],
        [["--rate", "0"], "--rate 0: it takes"],
        [["--out", "x"], "--out"],
        [["--context", "prod"], "--context"],
        [["--table", "--short"], "--table drills nothing: without --short."],
        [["--table", "--join"], "--table drills nothing: without --join."],
        [["--table", "--rate", "3"], "--table drills nothing: without --rate."],
        [["--request", "/echo"], "--expect is missing"],
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
