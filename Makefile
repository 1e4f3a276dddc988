# make               what there is
# make test          everything that is tested, with all that it needs
# make up            a cluster on this machine, and the service on it
# make up CONTEXT=c  the service on the cluster of that kubeconfig context
.DEFAULT_GOAL := help
SHELL := /bin/bash
STACK ?= dev

# Node of the lockfile first.
# What stands for clients elsewhere gets its CPU before the cluster; what it starts does not, but for its threads.
FIRST := chrt --reset-on-fork --rr 1
LAB := PATH="$(CURDIR)/node_modules/.bin:$$PATH" tsx tools/lab/cli.ts

.PHONY: help
help: ## Prints this
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

# A stack without a context would go to whatever cluster the kubeconfig is at.
ifeq ($(CONTEXT)$(filter file default undefined,$(origin STACK)),)
up down shell:
	@echo "Which cluster? make $@ STACK=$(STACK) CONTEXT=a context of your kubeconfig. Without STACK it is the lab." >&2; exit 2
else ifneq ($(CONTEXT),)
# Through the environment: a context's name may have quotes and spaces, as a shell would not read them.
export CONTEXT STACK
up: install
	@scripts/pulumi.sh up "$$CONTEXT" "$$STACK" --policy-pack policy

down: install
	@scripts/pulumi.sh destroy "$$CONTEXT" "$$STACK"

shell: install
	@npm run -s exec -- --stack "$$STACK" --context "$$CONTEXT"
else
.PHONY: up
# make passes KUBERNETES, CONTROLLER and WITH on to what it runs.
up: install ## Starts the lab, a cluster on this machine (Debian, root), at PORT (8088), of KUBERNETES (1.37; 1.36, 1.35), behind CONTROLLER (ingress-nginx; ingress-nginx-ewma, traefik, traefik-gateway, envoy-gateway), WITH nothing else (or monitoring: Prometheus and KEDA); with CONTEXT=..., brings STACK (dev) to that cluster
	@$(LAB) up $(if $(PORT),--port $(PORT))

.PHONY: down
down: install ## Removes the lab; with CONTEXT=..., removes STACK from that cluster
	@$(LAB) down

.PHONY: shell
shell: install ## A shell as php-fpm's container has it, in a pod beside the lab's service; with CONTEXT=..., beside STACK's in that cluster
	@$(LAB) exec -- tsx tools/exec/cli.ts --stack lab
endif

.PHONY: status
status: install ## Prints what of the lab runs
	@$(LAB) status

.PHONY: url
url: install ## Prints where the lab's service answers
	@$(LAB) url

.PHONY: kubeconfig
kubeconfig: install ## Prints the path of the lab's kubeconfig
	@$(LAB) kubeconfig

.PHONY: drill
drill: install ## Counts the requests that the lab's service loses while its cluster moves; ARGS=--short for four minutes of it
	@$(LAB) up $(if $(PORT),--port $(PORT)) && $(LAB) exec -- bash -c '$(FIRST) node --import tsx tools/drill/cli.ts --url "$$LAB_URL" --stack "$$LAB_STACK" \
	    --stack-file "$$LAB_STACK_FILE" --restart-apiserver "tsx tools/lab/cli.ts restart-apiserver" \
	    --second-controller "tsx tools/lab/cli.ts second-controller" --lead-to "tsx tools/lab/cli.ts lead-to" --lab $(ARGS)'

.PHONY: drill-waiting
drill-waiting: install ## Compares scaling on CPU, on busy workers and on both under requests that wait, on the lab WITH=monitoring (12 minutes)
	@WITH=monitoring $(LAB) up $(if $(PORT),--port $(PORT)) && $(LAB) exec -- bash -c '$(FIRST) node --import tsx tools/drill/waiting/cli.ts --url "$$LAB_URL" \
	    --stack-file "$$LAB_STACK_FILE" --lab $(ARGS)'

.PHONY: drill-releases
drill-releases: install ## Counts the requests and jobs that 50 releases of a shop lose on the lab, by the stack and the usual way (half an hour); ARGS="--releases 3" for three minutes of it
	@$(LAB) up $(if $(PORT),--port $(PORT)) && $(LAB) exec -- bash -c '$(FIRST) node --import tsx tools/releases/cli.ts --url "$$LAB_URL" --stack "$$LAB_STACK" \
	    --stack-file "$$LAB_STACK_FILE" $(ARGS)'

.PHONY: league
league: install ## The drill behind each ingress controller in turn, each on a new lab, and one table of it (hours); ARGS=--short for eight minutes each
	@PATH="$(CURDIR)/node_modules/.bin:$$PATH" node --import tsx tools/league/cli.ts $(ARGS)

.PHONY: bench
bench: install ## Compares requests per second: pod and bare host, ingress-nginx and a plain proxy, numbers of workers (8 minutes)
	@$(LAB) up $(if $(PORT),--port $(PORT)) && $(LAB) exec -- tsx tools/bench/throughput.ts --out out/bench/throughput.json $(ARGS)

.PHONY: preview
preview: install ## Prints what a reviewer needs of STACK; BASE=REF compares with a git base
	@npm run -s preview -- --stack $(STACK) $(if $(BASE),--base $(BASE))

.PHONY: test
test: install ## Runs all tests: unit, tuner, engine, load, cluster
	@scripts/install-test-programs.sh
	@npm test --silent

.PHONY: test-unit test-tuner test-engine test-load test-cluster test-applications test-autoscaling
test-unit: install ## Types, lint, format and all that needs no engine and no cluster
test-tuner: install ## The model of the HPA controller against the real one
test-engine: install ## The real Pulumi engine and a real API server
test-load: install ## The drill's load, by the clock
test-cluster: install ## The lab with the service on it, and short drills
test-applications: install ## MediaWiki and DokuWiki on the lab, used in a browser while they are rolled out
test-autoscaling: install ## Prometheus and KEDA on the lab, and pods for requests that wait (the first time they are built: ten minutes)
test-unit test-tuner test-engine test-load test-cluster test-applications test-autoscaling: test-%:
	@scripts/install-test-programs.sh
	@npm test --silent -- $*

.PHONY: test-machine
test-machine: install ## The lab in an emulated Debian 13, with a kernel of its own (half an hour); RELEASE=bookworm for 12
	@scripts/install-debian-packages.sh mmdebstrap=mmdebstrap qemu-system-x86_64=qemu-system-x86 mke2fs=e2fsprogs
	@$(LAB) build && PATH="$(CURDIR)/node_modules/.bin:$$PATH" tsx tests/machine/run.ts $(if $(RELEASE),--release $(RELEASE))

.PHONY: install
install: node_modules/.package-lock.json

# npm writes this file last, so that an interrupted installation is begun anew.
node_modules/.package-lock.json: package-lock.json package.json
	@scripts/install-npm-packages.sh
