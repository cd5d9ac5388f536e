package main

import (
	"strings"
	"testing"
)

// The operator sees providers, switches them, and looks after domains.
func TestSSO(t *testing.T) {
	onBoth(t, func(t *testing.T, _ string, flags []string) {
		with := func(args ...string) []string { return append(args, flags...) }
		n := start(t, flags...).ready()
		n.claim()
		if all := inJSON[[]providerJSON](t, with("sso", "list")...); len(all) != 0 {
			t.Errorf("sso list: %+v", all)
		}
		if all := inJSON[[]ssoDomainJSON](t, with("sso", "domain", "list")...); len(all) != 0 {
			t.Errorf("sso domain list: %+v", all)
		}
		for command, says := range map[string]string{
			"sso show Corp": "no identity provider", "sso off Corp": "no identity provider", "sso on Corp": "no identity provider", "sso domain add Corp example.com": "no identity provider",
			"sso domain check example.com": "no domain", "sso domain remove example.com": "no domain", "policy set ssoRequired=true": "no identity provider for the organisation is on",
		} {
			if o := run(t, nil, with(strings.Fields(command)...)...); o.code != 1 || !strings.Contains(strings.ReplaceAll(o.errors, " ", "_"), strings.ReplaceAll(says, " ", "_")) {
				t.Errorf("%s: %+v", command, o)
			}
		}
	})
}
