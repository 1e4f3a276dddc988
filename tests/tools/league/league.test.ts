import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import type { ControllerName } from "../../../tools/lab/controller";
import { league, recordedEntries, type Entry, type LeagueOptions, type Make } from "../../../tools/league/league";
import { plausibleReport } from "../drill/plausibleReport";

describe("a league of controllers", () => {
    const controllers: readonly ControllerName[] = ["ingress-nginx", "traefik", "traefik-gateway"];
    let folder: string;
    let goals: string[];
    let said: string[];
    let interruption: AbortController;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "php-web-service-test-"));
        goals = [];
        said = [];
        interruption = new AbortController();
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    const outFolderOf = (controller: string) => join(folder, controller);
    const controllerIn = (args: readonly string[]) => args[1]?.replace("CONTROLLER=", "") ?? "";
    const writeReport = (controller: string, text = JSON.stringify(plausibleReport(1))) => {
        writeFileSync(join(outFolderOf(controller), "report.json"), text);
    };

    /** @param onDrill returns the exit code of a drill */
    const play = (
        onDrill: (controller: string, signal: AbortSignal | undefined) => number | Promise<number>,
        onDown: () => number = () => 0,
        changes: Partial<LeagueOptions> = {},
    ) => {
        const make: Make = (args, { signal }) => {
            goals.push(args.join(" "));
            if (signal?.aborted === true) return Promise.resolve(130);
            return Promise.resolve(args[0] === "down" ? onDown() : onDrill(controllerIn(args), signal));
        };
        const told: (readonly Entry[])[] = [];
        return league({
            controllers,
            drillArgs: ["--short"],
            isJoined: false,
            limitSeconds: 60,
            folder,
            make,
            say: (line) => said.push(line),
            onEntries: (entries) => told.push([...entries]),
            signal: interruption.signal,
            ...changes,
        }).then((entries) => ({ entries, told }));
    };

    it("drills behind each on a lab of its own, into a folder of its own, and leaves none", async () => {
        const { entries, told } = await play((controller) => {
            writeReport(controller);
            return 0;
        });
        expect(goals).to.deep.equal([
            ...controllers.flatMap((name) => [
                "down",
                `drill CONTROLLER=${name} ARGS=--short --out ${outFolderOf(name)}`,
            ]),
            "down",
        ]);
        expect(entries.map(({ controller }) => controller)).to.deep.equal(controllers);
        for (const { report, failure } of entries) {
            expect(report?.variants).to.have.length(3);
            expect(failure).to.equal(undefined);
        }
        expect(told.map(({ length }) => length)).to.deep.equal([1, 2, 3]);
    });

    it("goes on behind the next where a drill fails, and tells of it", async () => {
        const { entries } = await play((controller) => {
            if (controller === "traefik") return 2;
            writeReport(controller);
            return 0;
        });
        expect(entries.map(({ report }) => report !== undefined)).to.deep.equal([true, false, true]);
        const log = join(outFolderOf("traefik"), "make.log");
        expect(entries[1]?.failure).to.equal(`no figures: make drill ended with 2, and ${log} tells why`);
        expect(said.join("\n")).to.include("traefik: no figures: make drill ended with 2");
    });

    it("takes a drill with a report as done, though the promise was broken in it", async () => {
        const { entries } = await play((controller) => {
            writeReport(controller);
            return 1;
        });
        expect(entries.map(({ failure }) => failure)).to.deep.equal([undefined, undefined, undefined]);
    });

    it("drills on no lab that it could not remove", async () => {
        let downs = 0;
        const { entries } = await play(
            (controller) => {
                writeReport(controller);
                return 0;
            },
            () => (++downs === 1 ? 1 : 0),
        );
        expect(goals.some((goal) => goal.includes("CONTROLLER=ingress-nginx "))).to.equal(false);
        expect(entries[0]?.failure).to.include("make down ended with 1");
        expect(entries[1]?.report).to.not.equal(undefined);
    });

    it("interrupted, drills no more, removes the lab, and has what was done before", async () => {
        const { entries } = await play((controller) => {
            if (controller === "traefik") {
                interruption.abort();
                return 130;
            }
            writeReport(controller);
            return 0;
        });
        expect(entries.map(({ controller }) => controller)).to.deep.equal(["ingress-nginx"]);
        expect(goals.at(-1)).to.equal("down");
        expect(goals.filter((goal) => goal.startsWith("drill"))).to.have.length(2);
    });

    it("removes the lab without regard to the interruption", async () => {
        const signals: (AbortSignal | undefined)[] = [];
        interruption.abort();
        const make: Make = (_, { signal }) => {
            signals.push(signal);
            return Promise.resolve(0);
        };
        const onEntries = () => expect.fail("nothing was drilled");
        const say = () => undefined;
        const { signal } = interruption;
        const others = { drillArgs: [], isJoined: false, limitSeconds: 60 };
        await league({ controllers, ...others, folder, make, say, onEntries, signal });
        expect(signals).to.deep.equal([undefined]);
    });

    it("takes nothing for its own that an earlier one has left", async () => {
        mkdirSync(outFolderOf("traefik"));
        writeReport("traefik");
        const { entries } = await play(() => 1);
        expect(entries.map(({ report }) => report)).to.deep.equal([undefined, undefined, undefined]);
        expect(existsSync(join(outFolderOf("traefik"), "report.json"))).to.equal(false);
    });

    it("takes no report of another version for one", async () => {
        const { entries } = await play((controller) => {
            writeReport(controller, controller === "traefik" ? '{"formatVersion":1}' : "<html>");
            return 0;
        });
        expect(entries.map(({ report }) => report)).to.deep.equal([undefined, undefined, undefined]);
    });

    it("says what became of each, and how long the others may take", async () => {
        await play((controller) => {
            if (controller === "traefik") return 1;
            writeReport(controller);
            return 0;
        });
        const { totals } = plausibleReport(1).variants.at(-1) ?? expect.fail("no variant");
        const requests = totals.requests.toLocaleString("en-US");
        expect(said.map((line) => line.replace(/, and .* tells why$/, ""))).to.deep.equal([
            "\ningress-nginx, 1 of 3:",
            `ingress-nginx: lost ${totals.lost} of ${requests} requests`,
            "\ntraefik, 2 of 3, about 0 minutes to go:",
            "traefik: no figures: make drill ended with 1",
            "\ntraefik-gateway, 3 of 3, about 0 minutes to go:",
            `traefik-gateway: lost ${totals.lost} of ${requests} requests`,
        ]);
    });

    it("interrupts a drill that takes too long, and goes on behind the next", async () => {
        let interruptedAfter = Infinity;
        const begun = performance.now();
        const { entries } = await play(
            (controller, signal) => {
                if (controller !== "traefik") {
                    writeReport(controller);
                    return 0;
                }
                return new Promise((resolve) => {
                    signal?.addEventListener("abort", () => {
                        interruptedAfter = performance.now() - begun;
                        resolve(130);
                    });
                    // The limit's own clock keeps no process alive.
                    setTimeout(resolve, 5000, 0);
                });
            },
            undefined,
            { limitSeconds: 0.3 },
        );
        expect(interruptedAfter).to.be.below(4000);
        expect(entries.map(({ report }) => report !== undefined)).to.deep.equal([true, false, true]);
        expect(entries[1]?.failure).to.match(/^no figures: it was not done after 0 minutes, and .*make\.log tells/);
    });

    describe("that goes on with one that was stopped", () => {
        const ofCommand = (command: string) => JSON.stringify({ ...plausibleReport(1), command });
        const left = (controller: string, args = "--short") => {
            mkdirSync(outFolderOf(controller));
            const command = `make drill CONTROLLER=${controller} ARGS="${args} --out ${outFolderOf(controller)}"`;
            writeReport(controller, ofCommand(command));
        };
        const goOn = (isJoined = true) =>
            play(
                (controller) => {
                    writeReport(controller);
                    return 0;
                },
                undefined,
                { isJoined },
            );
        const drilled = () => goals.filter((goal) => goal.startsWith("drill")).map((goal) => goal.split(" ")[1]);

        it("drills what is missing, and has all of them in the order of the controllers", async () => {
            left("traefik");
            mkdirSync(outFolderOf("ingress-nginx"));
            const { entries, told } = await goOn();
            expect(drilled()).to.deep.equal(["CONTROLLER=ingress-nginx", "CONTROLLER=traefik-gateway"]);
            expect(entries.map(({ controller }) => controller)).to.deep.equal(controllers);
            expect(told.map((each) => each.map(({ controller }) => controller))).to.deep.equal([
                ["traefik"],
                ["ingress-nginx", "traefik"],
                [...controllers],
            ]);
            expect(said[0]).to.match(/^traefik: lost \d+ of .*; that of 2026-11-24T09:15:00\.000Z is taken\.$/);
        });

        it("takes no report of another drill", async () => {
            left("traefik", "--rate 10");
            left("traefik-gateway");
            await goOn();
            expect(drilled()).to.deep.equal(["CONTROLLER=ingress-nginx", "CONTROLLER=traefik"]);
        });

        it("takes none where nobody asks for it", async () => {
            for (const controller of controllers) left(controller);
            await goOn(false);
            expect(drilled()).to.have.length(3);
        });

        it("touches no lab where nothing is missing", async () => {
            for (const controller of controllers) left(controller);
            const { entries, told } = await goOn();
            expect(goals).to.deep.equal([]);
            expect([entries, ...told].map(({ length }) => length)).to.deep.equal([3, 3]);
        });
    });

    it("says where the lab is still there at its end", async () => {
        await play(
            () => 1,
            () => 3,
        );
        expect(said.at(-1)).to.equal(`The lab was not removed: make down ended with 3 (${join(folder, "down.log")}).`);
    });

    it("is read again from what it has left", () => {
        for (const name of ["traefik", "traefik-gateway"]) mkdirSync(outFolderOf(name));
        writeReport("traefik");
        const entries = recordedEntries(controllers, folder);
        expect(entries.map(({ controller }) => controller)).to.deep.equal(["traefik", "traefik-gateway"]);
        expect(entries.map(({ failure }) => failure === undefined)).to.deep.equal([true, false]);
    });
});
