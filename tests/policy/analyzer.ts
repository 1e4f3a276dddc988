/** Runs the pack as the engine does, in a process of its own, and speaks the engine's protocol with it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
    AnalyzerResource,
    AnalyzeRequest,
    AnalyzerResourceOptions,
    AnalyzeStackRequest,
    ConfigureAnalyzerRequest,
    EnforcementLevel,
    PolicyConfig,
    type AnalyzeResponse,
    type AnalyzerInfo,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

import { repositoryRoot } from "../../tools/common/paths";

/** A resource as the engine hands it over. Unknown values are sentinels in its properties. */
export interface EngineResource {
    readonly type: string;
    readonly name: string;
    readonly properties: object;
    readonly ignoreChanges?: readonly string[];
}

export interface Diagnostic {
    readonly policy: string;
    readonly level: "advisory" | "mandatory";
    readonly message: string;
    readonly urn: string;
}

export function urnOf({ type, name }: EngineResource): string {
    return `urn:pulumi:dev::shop::${type}::${name}`;
}

type Call<Response> = (callback: (error: ServiceError | null, response: Response) => void) => void;

function answerOf<Response>(call: Call<Response>): Promise<Response> {
    return new Promise((resolve, reject) => {
        call((error, response) => {
            if (error === null) resolve(response);
            else reject(error);
        });
    });
}

const struct = (properties: object): Struct => Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);

/** The fields that a registered resource and one of a stack have alike. */
function fill<Message extends AnalyzeRequest | AnalyzerResource>(message: Message, resource: EngineResource): Message {
    const options = new AnalyzerResourceOptions();
    options.setIgnorechangesList([...(resource.ignoreChanges ?? [])]);
    message.setType(resource.type);
    message.setName(resource.name);
    message.setUrn(urnOf(resource));
    message.setProperties(struct(resource.properties));
    message.setOptions(options);
    return message;
}

function diagnosticsOf(response: AnalyzeResponse): readonly Diagnostic[] {
    return response.getDiagnosticsList().map((one) => ({
        policy: one.getPolicyname(),
        level: one.getEnforcementlevel() === EnforcementLevel.MANDATORY ? "mandatory" : "advisory",
        message: one.getMessage(),
        urn: one.getUrn(),
    }));
}

/** The running pack. */
export interface Analyzer {
    readonly info: () => Promise<AnalyzerInfo>;
    readonly configure: (policy: string, properties: object) => Promise<void>;
    /** What the engine does when the program registers a resource. */
    readonly analyze: (resource: EngineResource) => Promise<readonly Diagnostic[]>;
    /** What it does at the end of a preview or an update. */
    readonly analyzeStack: (resources: readonly EngineResource[]) => Promise<readonly Diagnostic[]>;
    readonly stop: () => Promise<void>;
}

/** Starts the pack by the command line that Pulumi's Node host builds, in the directory that it chooses. */
export async function startAnalyzer(): Promise<Analyzer> {
    const packDirectory = join(repositoryRoot, "policy");
    const runPolicyPack = require.resolve("@pulumi/pulumi/cmd/run-policy-pack", { paths: [packDirectory] });
    const child = spawn(process.execPath, [runPolicyPack, "127.0.0.1:1", packDirectory], {
        cwd: packDirectory,
        stdio: ["ignore", "pipe", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const exit = once(child, "exit");
    const firstLine = await Promise.race([
        once(createInterface(child.stdout), "line").then(([line]) => String(line)),
        exit.then(([code]) => Promise.reject(new Error(`The pack exited with code ${String(code)}: ${errors}`))),
    ]);
    const client = new AnalyzerClient(`127.0.0.1:${firstLine}`, credentials.createInsecure());
    return {
        info: () =>
            answerOf((callback) => {
                client.getAnalyzerInfo(new Empty(), callback);
            }),
        async configure(policy, properties) {
            const config = new PolicyConfig();
            config.setProperties(struct(properties));
            config.setEnforcementlevel(EnforcementLevel.MANDATORY);
            const request = new ConfigureAnalyzerRequest();
            request.getPolicyconfigMap().set(policy, config);
            await answerOf((callback) => {
                client.configure(request, callback);
            });
        },
        async analyze(resource) {
            const request = fill(new AnalyzeRequest(), resource);
            return diagnosticsOf(
                await answerOf((callback) => {
                    client.analyze(request, callback);
                }),
            );
        },
        async analyzeStack(resources) {
            const request = new AnalyzeStackRequest();
            request.setResourcesList(resources.map((resource) => fill(new AnalyzerResource(), resource)));
            return diagnosticsOf(
                await answerOf((callback) => {
                    client.analyzeStack(request, callback);
                }),
            );
        },
        async stop() {
            client.close();
            child.kill();
            await exit;
        },
    };
}
