/** The engine, as a plugin sees it: where messages go, and whose end is the plugin's end. */
import { connect } from "node:net";

import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

export class Engine {
    private readonly client: EngineClient;

    /** @param address host and port */
    constructor(readonly address: string) {
        this.client = new EngineClient(address, credentials.createInsecure());
    }

    /** A line below "Diagnostics". */
    info(message: string, urn = ""): Promise<void> {
        return this.log(LogSeverity.INFO, message, urn, false);
    }

    warn(message: string, urn = ""): Promise<void> {
        return this.log(LogSeverity.WARNING, message, urn, false);
    }

    /** The text in a resource's line while it is worked on; an empty one takes it away again. */
    status(message: string, urn: string): Promise<void> {
        return this.log(LogSeverity.INFO, message, urn, true);
    }

    private log(severity: LogSeverity, message: string, urn: string, ephemeral: boolean): Promise<void> {
        const request = new LogRequest();
        request.setSeverity(severity);
        request.setMessage(message);
        request.setUrn(urn);
        request.setEphemeral(ephemeral);
        return new Promise((resolve) => {
            // A message that does not arrive must not fail the work that it is about.
            this.client.log(request, () => {
                resolve();
            });
        });
    }
}

const watchSeconds = 5;

/**
 * Calls back when the engine is gone. One that is killed tells its plugins nothing, and they would stay for ever.
 *
 * @param address host and port of the engine
 */
export function whenEngineIsGone(address: string, callback: () => void): void {
    const separator = address.lastIndexOf(":");
    const host = address.slice(0, separator);
    const port = Number(address.slice(separator + 1));
    const timer = setInterval(() => {
        const socket = connect(port, host);
        socket.on("connect", () => socket.destroy());
        socket.on("error", () => {
            clearInterval(timer);
            callback();
        });
    }, watchSeconds * 1000);
    // The server alone keeps the process going.
    timer.unref();
}
