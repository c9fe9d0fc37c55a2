# The index of what can be done here. The work lives in scripts/.
.DEFAULT_GOAL := help
PREFIX ?= /usr/local
.PHONY: help demo test test-all check fuzz bench airgap build install clean

help:     ; @sed -n 's/^\([a-z-]*\): *[^#]*## /\1\t/p' Makefile | expand -t 12
demo:     ; @scripts/demo.sh        ## the whole story on a private regtest chain
test:     ; @scripts/test.sh        ## unit, script and end-to-end tests, under five minutes
test-all: ; @scripts/test-all.sh    ## what test leaves out: races, public vectors, real servers, fuzzing
check:    ; @scripts/lint.sh        ## formatting, vet, linters, the house's arrows and words
fuzz:     ; @scripts/fuzz.sh 60s    ## every fuzz target for a minute
bench:    ; @scripts/bench.sh       ## benchmarks beside their floor
airgap:   ; @scripts/airgap.sh      ## four proofs that the signer can open no socket
build:    ; @scripts/build.sh       ## both programs, static, into bin/
install:  ; @scripts/install.sh "$(DESTDIR)$(PREFIX)/bin"  ## the built programs into PREFIX/bin
clean:    ; @rm -rf bin dist        ## removes what build made; the cache stays
