import { expect } from "chai";
import fc from "fast-check";

import { Field } from "../../policy/manifest";
import { isAbruptStop, parseHook, preStopOf } from "../../policy/preStop";

const container = (fields: object): Field => new Field(fields, "Pod a");

describe("A preStop hook", () => {
    /** The command; how long it provably sleeps first, how long in all; what else it does, and when. */
    const commands: readonly (readonly [readonly string[], number, number, Readonly<Record<string, number>>])[] = [
        [["/bin/sleep", "30"], 30, 30, {}],
        [["sleep", "0.5"], 0.5, 0.5, {}],
        [["sleep", "1m", "30s"], 90, 90, {}],
        [["env", "sleep", "5"], 5, 5, {}],
        [["busybox", "sleep", "5"], 5, 5, {}],
        [["sleep"], 0, 0, { sleep: 0 }],
        [["sleep", "infinity"], 0, 0, { "sleep infinity": 0 }],
        [["sleep 15"], 0, 0, { "sleep 15": 0 }],
        [["sh", "-c", "sleep 15"], 15, 15, {}],
        [["/bin/bash", "-ec", "sleep 5; exec sleep 10"], 15, 15, {}],
        [["bash", "-eo", "pipefail", "-c", "sleep 5"], 5, 5, {}],
        [["sh", "-c", "sleep", "15"], 0, 0, { sleep: 0 }],
        [["sh", "-c", "sleep 15", "nginx -s quit"], 15, 15, {}],
        [["sh", "-c", "sleep 15 && nginx -s quit"], 15, 15, { "nginx -s quit": 15 }],
        [["sh", "-c", "/bin/sleep 5\n/usr/sbin/nginx -s quit"], 5, 5, { "/usr/sbin/nginx -s quit": 5 }],
        [["sh", "-c", "sleep 5; nginx -s quit; sleep 20"], 5, 25, { "nginx -s quit": 5 }],
        [
            ["sh", "-c", "sleep 5; while pgrep nginx; do sleep 1; done"],
            5,
            5,
            { "while pgrep nginx; do sleep 1; done": 5 },
        ],
        [["sh", "-c", "sleep $DRAIN_SECONDS"], 0, 0, { "sleep $DRAIN_SECONDS": 0 }],
        [["sh", "-c", "sleep 15 &"], 0, 0, { "sleep 15": 0 }],
        [["sh", "-c", "sleep 15 | cat"], 0, 0, { "sleep 15": 0, cat: 0 }],
        [["sh", "-c", "false && sleep 15"], 0, 15, { false: 0, "sleep 15": 0 }],
        [["sh", "-c", "true || sleep 15"], 0, 0, {}],
        [["sh", "-c", "sleep 15 || nginx -s stop"], 15, 15, {}],
        [["sh", "-c", "exit 0; sleep 15"], 0, 0, {}],
        [["sh", "-c", "# sleep 15"], 0, 0, {}],
        [["sh", "-c", "echo 'sleep 15; x' \"$HOME\" >/proc/1/fd/1 2>&1; sleep 5 # then"], 5, 5, {}],
        [["sh", "-c", "echo $(nginx -s quit); sleep 5"], 0, 5, { "echo $(nginx -s quit)": 0 }],
        [["sh", "-c", 'echo "`date`"; sleep 5'], 5, 5, {}],
        [["sh", "-c", "sleep 15>/dev/null"], 0, 0, { "sleep 15>/dev/null": 0 }],
        [["sh", "-c", "set -e; A=1; sleep '1'5"], 15, 15, {}],
        [["sh", "-c", "PATH=/tmp; sleep 15"], 0, 15, { "PATH=/tmp": 0 }],
        [["sh", "-c", "sleep() { :; }; sleep 15"], 0, 0, { "sleep() { :; }; sleep 15": 0 }],
        [["sh", "-c", "cat <<EOF\nsleep 15\nEOF"], 0, 0, { "cat <<EOF\nsleep 15\nEOF": 0 }],
        [["sh", "-c", "sleep 15;; x"], 0, 0, { "sleep 15;; x": 0 }],
        [["sh", "-c", "sleep 15; 'unclosed"], 15, 15, { "'unclosed": 15 }],
        [["sh", "/drain.sh"], 0, 0, { "sh /drain.sh": 0 }],
        [["sh", "-c"], 0, 0, { "sh -c": 0 }],
        [["nginx", "-s", "quit"], 0, 0, { "nginx -s quit": 0 }],
        [["/usr/bin/mysleep", "30"], 0, 0, { "/usr/bin/mysleep 30": 0 }],
        [["true"], 0, 0, {}],
        [[], 0, 0, {}],
    ];
    for (const [command, sleepSeconds, totalSeconds, actions] of commands) {
        it(`sleeps ${sleepSeconds} s by ${JSON.stringify(command)}`, () => {
            const found = parseHook(command);
            expect({ ...found, actions: found.actions.map((one) => [one.source, one.atSeconds]) }).to.deep.equal({
                sleepSeconds,
                totalSeconds,
                actions: Object.entries(actions),
            });
        });
    }

    it("ends soon, whatever it is", () => {
        const parts = fc.constantFrom(
            "sleep 1",
            ";",
            "&",
            "|",
            "'",
            '"',
            "$(",
            ")",
            "`",
            "\\",
            "\n",
            "#",
            "<<",
            ">",
            " ",
            "{",
        );
        fc.assert(
            fc.property(fc.array(parts, { maxLength: 200 }), (script) => {
                parseHook(["sh", "-c", script.join("")]);
            }),
        );
    });

    const stops: readonly (readonly [string, boolean, boolean])[] = [
        ["nginx -s stop", true, true],
        ["nginx -s quit", false, false],
        ["apachectl -k stop", true, true],
        ["apachectl -k graceful-stop", false, false],
        ["kill 1", true, false],
        ["kill -TERM 1", true, false],
        ["kill -s SIGINT 1", true, false],
        ["pkill --signal QUIT nginx", false, false],
        ["killall -9 nginx", true, true],
        ["kill -SIGKILL 1", true, true],
        ["kill -0 1", false, false],
        ["kill -TERM $(cat /run/nginx.pid)", true, false],
        ['kill -QUIT "$(cat /run/nginx.pid)"', false, false],
        ["kill -9 `pgrep nginx`", true, true],
        ["sh -c 'nginx -s stop'", true, true],
        ["sh -c 'nginx -s quit'", false, false],
        ["sudo nginx -s stop", true, true],
        ["if pgrep nginx; then nginx -s stop; fi", true, true],
        ["if pgrep nginx; then nginx -s quit; fi", false, false],
        ["{ kill -9 $(cat /run/nginx.pid); }", true, true],
        ["while kill -0 $(cat /run/nginx.pid); do sleep 1; done", false, false],
        ["case x in x) nginx -s stop;; esac", true, true],
        ["log $(nginx -s stop)", true, true],
        ["service nginx stop", true, false],
        ["/etc/init.d/php8.4-fpm stop", true, false],
        ["service nginx reload", false, false],
    ];
    for (const [command, endsNginx, endsCaddy] of stops) {
        it(`${endsNginx ? "ends" : "drains"} nginx by ${command}, and ${endsCaddy ? "ends" : "drains"} Caddy`, () => {
            const { actions } = parseHook(["sh", "-c", command]);
            const action = { commands: actions.flatMap(({ commands }) => commands) };
            expect([isAbruptStop(action, true), isAbruptStop(action, false)]).to.deep.equal([endsNginx, endsCaddy]);
        });
    }

    it("is read in Kubernetes' own form", () => {
        const preStop = { sleep: { seconds: 10 } };
        expect(preStopOf(container({ lifecycle: { preStop } }))).to.deep.equal({
            sleepSeconds: 10,
            totalSeconds: 10,
            actions: [],
        });
    });

    it("may be a request, whose length nobody knows", () => {
        const preStop = { httpGet: { path: "/drain", port: 80 } };
        expect(preStopOf(container({ lifecycle: { preStop } }))).to.deep.equal({
            sleepSeconds: 0,
            totalSeconds: 0,
            actions: [{ source: "httpGet", commands: [], atSeconds: 0 }],
        });
    });

    it("proves nothing where it has two handlers, which no API server takes", () => {
        const preStop = { sleep: { seconds: 10 }, exec: { command: ["nginx", "-s", "stop"] } };
        expect(preStopOf(container({ lifecycle: { preStop } }))).to.deep.equal({
            sleepSeconds: 0,
            totalSeconds: 0,
            actions: [{ source: "sleep and exec", commands: [], atSeconds: 0 }],
        });
    });

    it("may be absent", () => {
        expect(preStopOf(container({}))).to.equal(undefined);
        expect(preStopOf(container({ lifecycle: { preStop: {} } }))).to.equal(undefined);
        expect(preStopOf(container({ lifecycle: { postStart: { exec: { command: ["x"] } } } }))).to.equal(undefined);
    });
});
