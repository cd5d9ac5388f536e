package api

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// synonyms are names of properties that mean what another one means, which is the value.
var synonyms = map[string]string{
	"factorId": "mfaId", "secondFactorId": "mfaId",
	"method": "methodType", "factorType": "methodType",
	"factorName": "deviceName", "label": "deviceName",
	"enrolment": "setUp", "enrollment": "setUp", "setup": "setUp",
	"revokedSessions": "endedSessions", "terminatedSessions": "endedSessions", "sessionsEnded": "endedSessions",
	"enabled": "mfaEnabled", "enforced": "mfaEnforced", "twoFactor": "mfaEnabled", "twoFactorEnabled": "mfaEnabled",
	"remaining": "backupCodesRemaining", "codesRemaining": "backupCodesRemaining", "recoveryCodes": "backupCodes",
	"level": "trustLevel", "trust_level": "trustLevel",
	"userName": "email", "mail": "email", "emailAddress": "email", "phone": "phoneNumber",
	"ip": "ipAddress", "agent": "userAgent", "expires": "expiresAt", "validUntil": "expiresAt", "created": "createdAt", "lastSeenAt": "lastUsedAt",
	"organisationId": "tenantId", "organisation": "tenant", "cursor": "nextCursor", "password1": "newPassword", "sessionToken": "token",
}

// vague are names of schemas that say nothing outside of this program, and noisy what names
// must not begin or end with.
var (
	vague = []string{"Current", "Asked", "Rival", "Proof", "Choice", "Ended", "Meaning", "Finding", "Assessment", "Enrolled", "Ask", "Data", "Item", "Info", "Result", "Body", "Page"}
	noisy = regexp.MustCompile(`^(Page|List)[A-Z]|(Record|Body|Output|Input|Struct|Response|DTO|Model|Object|Type|Asked|[0-9_])$`)

	camelCase  = regexp.MustCompile(`^[a-z]+([A-Z][a-z]*)*$`)
	snakeCase  = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	pascalCase = regexp.MustCompile(`^[A-Z][a-z]*([A-Z][a-z]*)*$`)
	dotted     = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`) // a permission or a kind of event
)

// faults returns what is wrong with the words of a document.
func faults(v any, where string) (found []string) {
	switch v := v.(type) {
	case map[string]any:
		found = append(found, faultsOfNames(v, where)...)
		for name, inner := range v {
			if name != "example" && name != "examples" {
				found = append(found, faults(inner, where+"/"+name)...)
			}
		}
	case []any:
		for i, inner := range v {
			found = append(found, faults(inner, fmt.Sprint(where, "/", i))...)
		}
	}
	return found
}

func faultsOfNames(m map[string]any, where string) (found []string) {
	say := func(format string, args ...any) { found = append(found, where+": "+fmt.Sprintf(format, args...)) }
	if properties, ok := m["properties"].(map[string]any); ok {
		for name := range properties {
			if one := synonyms[name]; one != "" && !strings.HasSuffix(where, "/filter") { // a filter has the parameters of its list
				say("property %s is called %s", name, one)
			}
			if !camelCase.MatchString(name) && name != "p256dh" { // which browsers call it
				say("property %s is not camelCase", name)
			}
		}
	}
	values, _ := m["enum"].([]any)
	for _, value := range values {
		if text, ok := value.(string); ok && !snakeCase.MatchString(text) && !dotted.MatchString(text) {
			say("value %q is not snake_case", text)
		}
	}
	if m["in"] == "path" && (m["name"] == "token" || m["name"] == "secret") {
		say("a secret in a path stands in the logs of proxies")
	}
	return found
}

// faultsOfSchemas returns the names of schemas that mean nothing.
func faultsOfSchemas(schemas map[string]any) (found []string) {
	for name := range schemas {
		if slices.Contains(vague, name) || noisy.MatchString(name) || !pascalCase.MatchString(name) {
			found = append(found, "schema "+name)
		}
	}
	return found
}

// One thing has one name everywhere in the API: docs/api.md has the table.
func TestVocabulary(t *testing.T) {
	doc := into[map[string]any](newApp(t, "").client().get("/openapi.json"))
	schemas := dig(doc, "components", "schemas").(map[string]any)
	for _, fault := range append(faults(doc, ""), faultsOfSchemas(schemas)...) {
		t.Error(fault)
	}
	for path := range dig(doc, "paths").(map[string]any) {
		if strings.Contains(path, "{token}") || strings.Contains(path, "{secret}") {
			t.Errorf("%s has a secret", path)
		}
	}
}

// The test of the vocabulary can fail.
func TestVocabularyFindsFaults(t *testing.T) {
	for _, bad := range []map[string]any{
		{"properties": map[string]any{"factorId": 1}}, {"properties": map[string]any{"mfa_id": 1}},
		{"enum": []any{"password", "changePassword"}}, {"enum": []any{"sign-ins"}}, {"in": "path", "name": "token"},
	} {
		if len(faults(map[string]any{"x": []any{bad}}, "")) != 1 {
			t.Errorf("%v was not found", bad)
		}
	}
	for _, bad := range []string{"Current", "SessionRecord", "PageSession", "SignInResponse", "signIn", "Sign_In"} {
		if len(faultsOfSchemas(map[string]any{bad: 1})) != 1 {
			t.Errorf("%s was not found", bad)
		}
	}
}
