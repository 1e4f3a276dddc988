# make            what there is
# make test       everything that is tested, with all that it needs
# make up         brings a stack to the cluster of the current kubeconfig
.DEFAULT_GOAL := help
SHELL := /bin/bash
STACK ?= dev

.PHONY: help
help: ## Prints this
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

.PHONY: up
up: install ## Brings STACK (dev) to the cluster of the current kubeconfig
	@scripts/pulumi.sh up --stack $(STACK) --policy-pack policy

.PHONY: down
down: install ## Removes STACK from its cluster
	@scripts/pulumi.sh destroy --stack $(STACK)

.PHONY: preview
preview: install ## Prints what a reviewer needs of STACK; BASE=REF compares with a git base
	@npm run -s preview -- --stack $(STACK) $(if $(BASE),--base $(BASE))

.PHONY: test
test: test-unit ## Runs all tests

.PHONY: test-unit
test-unit: install ## Types, lint, format and all that needs no cluster
	@scripts/install-test-programs.sh
	@npm test --silent

.PHONY: install
install: node_modules/.package-lock.json

# npm writes this file last, so that an interrupted installation is begun anew.
node_modules/.package-lock.json: package-lock.json package.json
	@scripts/install-npm-packages.sh
