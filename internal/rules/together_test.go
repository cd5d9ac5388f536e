package main

import (
	"os"
	"strings"
	"testing"
)

// Every row of the other limits is a constant that exists.
func TestBounds(t *testing.T) {
	for _, b := range bounds {
		value, err := constant(os.DirFS("../.."), b)
		if err != nil || value == "" {
			t.Errorf("%s has no constant %s: %v", b.file, b.name, err)
		}
	}
}

func TestClashes(t *testing.T) {
	found, err := clashes(os.DirFS("../.."))
	if err != nil || len(found) < 5 {
		t.Fatalf("%d contradictions only: %v", len(found), err)
	}
	for _, c := range found {
		if c.field == "?" || c.with == "?" || refusals[c.code] == "" {
			t.Errorf("%+v is not said in words: add its code to refusals", c)
		}
	}
}

// Each table has its rows, and says of everybody who they are.
func TestFieldsOfTheAPI(t *testing.T) {
	var b strings.Builder
	if err := fields(&b, os.DirFS("../..")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| `ChangeUserRoleRequest` | `role` | `users.manage` | `manage_users` |",
		"| `RecoveryRequest` | `email` | anybody, see Ways in |  |",
		"| `ChangePasswordRequest` | `currentPassword`, `newPassword` | its owner |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no row %s", want)
		}
	}
}
