package admin

import (
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// permissionNames are permissions in words, in the order of their table.
func permissionNames(s kit.Speaker, granted sallyport.Permissions) []string {
	var out []string
	for _, r := range access.Permissions {
		if granted.Has(string(r.Permission)) {
			out = append(out, s.T("permission."+string(r.Permission)))
		}
	}
	return out
}

// nouns are what permissions are about, with the words above them.
var nouns = map[string]string{
	"dashboard": "roles.dashboard", "sessions": "roles.sessions", "mfa": "roles.mfa", "devices": "roles.devices", "users": "roles.users", "roles": "roles.roles",
	"policies": "roles.policies", "organisation": "roles.organisation", "audit": "roles.audit", "api_keys": "roles.apiKeys", "sso": "roles.sso",
	"apps": "roles.apps", "webhooks": "roles.webhooks",
}

// permissionField asks which permissions a role has. The reader gives none that they lack.
func permissionField(s kit.Speaker, reader sallyport.Actor, granted sallyport.Permissions) *kit.Field {
	f := &kit.Field{Name: "permissions", Label: s.T("roles.permissions"), Hint: s.T("roles.permissionsHint"), Type: "checkbox"}
	last := ""
	for _, r := range access.Permissions {
		name := string(r.Permission)
		o := kit.Option{Value: name, Text: s.T("permission." + name), On: granted.Has(name)}
		if noun, _, _ := strings.Cut(name, "."); noun != last {
			last, o.Heading = noun, s.T(nouns[noun])
		}
		if !has(reader, r.Permission) {
			o.Off, o.Help = true, s.T("roles.lacked")
		}
		f.Options = append(f.Options, o)
	}
	return f
}
