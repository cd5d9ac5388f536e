package main

import (
	"os"
	"testing"
)

func TestRulesAreFresh(t *testing.T) {
	have, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != document() {
		t.Error("docs/rules.md is stale: run go run ./internal/rules")
	}
}
