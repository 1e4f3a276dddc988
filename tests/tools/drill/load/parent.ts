/**
 * Loads a service with requests that take longer than anybody waits, until it is killed: load.test.ts does that.
 *
 * Usage: node --import tsx tests/tools/drill/load/parent.ts VEGETA URL
 */
import { Load } from "../../../../tools/drill/load";

const [vegetaPath = "", url = ""] = process.argv.slice(2);
new Load({
    vegetaPath,
    url,
    streams: [{ name: "long", requestsPerSecond: 5, seconds: 60, deadlineSeconds: 60, waitSeconds: 50 }],
    onResult: () => undefined,
});
