.PHONY: build test check generate

build: ## the command, in the current folder
	CGO_ENABLED=0 go build -o hourglass ./cmd/hourglass

test:
	go test ./...

check: ## all that CI runs
	bash .ci/run

generate: ## assembly from its generators
	go generate ./internal/kernel
