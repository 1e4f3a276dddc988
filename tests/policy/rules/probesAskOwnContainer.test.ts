import { expect } from "chai";

import { unknownValue, type PolicyObject } from "../../../policy/manifest";
import { probesAskOwnContainer } from "../../../policy/rules/probesAskOwnContainer";
import { change, nginx, phpFpm, podSpec, verdict, webStack, webStackWith, type Path } from "../stack";

const violations = (objects: readonly PolicyObject[]) => verdict(probesAskOwnContainer, objects).violations;
const broken = (path: Path, value: unknown) => violations(webStackWith("Deployment", path, value));

describe("probes-ask-own-container", () => {
    it("passes where each probe asks its own container, by number or by name", () => {
        expect(violations(webStack())).to.deep.equal([]);
    });

    it("refuses a probe of the neighbour's port", () => {
        const [message, ...others] = broken([...nginx, "readinessProbe"], { tcpSocket: { port: 9000 } });
        expect(others).to.deep.equal([]);
        expect(message).to.include("readinessProbe of container nginx asks port 9000, which is container php-fpm's");
        expect(message).to.include("Probe a port that container nginx itself listens on");
    });

    it("refuses the neighbour's port by name, which never resolves, and in gRPC probes", () => {
        expect(broken([...phpFpm, "startupProbe"], { httpGet: { port: "http" } })[0]).to.include(
            "is container nginx's",
        );
        expect(broken([...nginx, "livenessProbe"], { grpc: { port: 9000 } })).to.have.length(1);
    });

    it("refuses a name that no container has", () => {
        expect(broken([...nginx, "livenessProbe"], { httpGet: { port: "web" } })[0]).to.include("no name in its ports");
    });

    it("refuses cross-wired probes where no container declares a port", () => {
        const crossWired = {
            containers: [
                { name: "nginx", image: "nginx:1.30.4", startupProbe: { tcpSocket: { port: 9000 } } },
                { name: "php-fpm", image: "php:8.4.24-fpm", livenessProbe: { httpGet: { path: "/ping", port: 80 } } },
            ],
        };
        expect(broken(podSpec, crossWired)).to.have.length(2);
    });

    it("passes where nobody declares the port, as nobody can tell whose it is", () => {
        expect(broken([...nginx, "livenessProbe"], { tcpSocket: { port: 8081 } })).to.deep.equal([]);
    });

    it("passes where the probe runs in the container", () => {
        expect(broken([...nginx, "livenessProbe"], { exec: { command: ["true"] } })).to.deep.equal([]);
    });

    it("refuses a host, which the kubelet connects to from the node", () => {
        for (const probe of [
            { httpGet: { host: "www.example.com", port: 443 } },
            { tcpSocket: { host: "127.0.0.1", port: 9000 } },
        ]) {
            const [message, ...others] = broken([...nginx, "livenessProbe"], probe);
            expect(others).to.deep.equal([]);
            expect(message).to.match(/livenessProbe of container nginx asks \w+\.host [\w.]+, which the kubelet/);
        }
        const onNode = webStackWith("Deployment", [...podSpec, "hostNetwork"], true);
        const ownLoopback = { tcpSocket: { host: "127.0.0.1", port: 8080 } };
        expect(violations(change(onNode, "Deployment", [...nginx, "livenessProbe"], ownLoopback))).to.deep.equal([]);
    });

    it("is undecided where the port, or whose it is, is unknown", () => {
        for (const path of [
            [...nginx, "livenessProbe", "httpGet", "port"],
            [...nginx, "ports", 0, "containerPort"],
            [...phpFpm, "ports"],
        ]) {
            const { violations: found, undecided } = verdict(
                probesAskOwnContainer,
                webStackWith("Deployment", path, unknownValue),
            );
            expect(found).to.deep.equal([]);
            expect(undecided, path.join(".")).to.have.length(1);
        }
    });

    it("finds one container's fault beside another's unknown", () => {
        const pod = {
            containers: [
                { name: "a", ports: unknownValue, livenessProbe: { tcpSocket: { port: 1 } } },
                { name: "b", ports: [{ containerPort: 2 }], livenessProbe: { tcpSocket: { port: 3 } } },
                { name: "c", ports: [{ containerPort: 3 }] },
            ],
        };
        const { violations: found, undecided } = verdict(
            probesAskOwnContainer,
            webStackWith("Deployment", podSpec, pod),
        );
        expect(found).to.have.length(1);
        expect(undecided).to.have.length(1);
    });
});
