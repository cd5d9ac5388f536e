package owndata_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/owndata"
)

// Every column of the database has one class, and every row of the table is about columns there are.
func TestEveryColumnHasAClass(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		there := tables(t, a)
		var named []string
		for _, s := range owndata.Columns {
			named = append(named, s.Name)
			var classed []string
			for _, c := range owndata.Classes {
				classed = append(classed, strings.Fields(s.Of(c.Name))...)
			}
			if have, want := slices.Sorted(slices.Values(classed)), slices.Sorted(slices.Values(there[s.Name])); !slices.Equal(have, want) {
				t.Errorf("%s: columns with a class:\n%v, there are:\n%v", s.Name, have, want)
			}
			if s.Reads == "" || s.Stays == "" {
				t.Errorf("%s: who reads it, and how long does it stay?", s.Name)
			}
		}
		if have := slices.Sorted(maps.Keys(there)); !slices.Equal(named, have) {
			t.Errorf("tables with a row: %v, there are: %v", named, have)
		}
	})
}

// Who reads something is named by permissions that there are.
func TestReadersAreNamed(t *testing.T) {
	quoted := regexp.MustCompile("`([a-z_]+\\.[a-z]+)`")
	for _, s := range owndata.Columns {
		for _, m := range quoted.FindAllStringSubmatch(s.Reads, -1) {
			if !access.Known(m[1]) {
				t.Errorf("%s names %s, which is no permission", s.Name, m[1])
			}
		}
	}
}

// What looks like a hash, a secret or an address by its name has the class of one, and what a person is
// found by (Holdings) is personal or an id.
func TestClassesFitTheNames(t *testing.T) {
	hashed := regexp.MustCompile(`^(token_hash|former_hash|secret_hash|password_hash|endpoint_hash|hash)$`)
	personal := regexp.MustCompile(`^(email|email_key|phone|phone_number|first_name|last_name|ip_address|ip_bytes|last_ip|used_ip|user_agent|location|last_location|recipient|word)$`)
	public := []string{"audit_hashes", "audit_leaves", "pictures"} // hashes of what is no secret
	for _, s := range owndata.Columns {
		for column := range strings.FieldsSeq(s.Plain + " " + s.Personal) {
			if hashed.MatchString(column) && !slices.Contains(public, s.Name) {
				t.Errorf("%s.%s is not hashed", s.Name, column)
			}
		}
		for column := range strings.FieldsSeq(s.Plain) {
			if personal.MatchString(column) {
				t.Errorf("%s.%s is not personal", s.Name, column)
			}
		}
	}
}
