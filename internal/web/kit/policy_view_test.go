package kit

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
)

func speakerIn(language string) Speaker {
	r := httptest.NewRequest(http.MethodGet, "/?lang="+language, nil)
	r.Header.Set("Accept-Language", language)
	return NewShell(Deps{PublicURL: "https://accounts.test", Now: time.Now}).begin(httptest.NewRecorder(), r).Speaker
}

// Every field, section and preset of the policy, and every value in a preset, has words of its own.
func TestThePolicyHasWords(t *testing.T) {
	for _, language := range []string{"en", "de"} {
		s := speakerIn(language)
		for _, f := range policy.Fields {
			if s.PolicyField(f.Name) == "" || s.PolicyHelp(f.Name) == "" || !strings.HasSuffix(s.PolicyName(f.Name), s.PolicyField(f.Name)) {
				t.Errorf("%s: %s has no words", language, f.Name)
			}
			seen := map[string]string{}
			for _, p := range policy.Presets {
				raw := policy.Text(f.In(p))
				words := s.PolicyValue(f.Name, f.In(p))
				if words == "" || words == raw && f.Kind != policy.Choices {
					t.Errorf("%s: %s of %s is %q", language, raw, f.Name, words)
				}
				if other, twice := seen[words]; twice && other != raw {
					t.Errorf("%s: %s and %s of %s are both %q", language, raw, other, f.Name, words)
				}
				seen[words] = raw
			}
		}
		if s.PolicyText("mfaEnforced", "") == "" || s.PolicyText("lockoutFailures", "many") != "many" || s.PolicyText("unknown", "x") != "x" {
			t.Errorf("%s: values that are none", language)
		}
	}
}

// A change of the policy is told with the words of its page, by whoever did it and why.
func TestPolicyEvents(t *testing.T) {
	s := speakerIn("en")
	for want, e := range map[string]sallyport.Event{
		"Policy of the organisation changed: Sessions: Idle time of browsers, 7 days → 1 day (“Agreed”), by an administrator": {
			Kind: string(audit.PolicyChanged), ActorID: "u1", Data: map[string]string{"field": "sessionIdleWebDays", "old": "7", "new": "1", "reason": "Agreed"},
		},
		"Policy of a group changed, “Finance”: Second factors: Who must have one, As the organisation → Everyone, by the operator of the server": {
			Kind: string(audit.GroupPolicyChanged), ActorType: sallyport.ActorOperator, Data: map[string]string{"name": "Finance", "field": "mfaEnforced", "old": "", "new": "everyone"},
		},
	} {
		if got := EventTitle(s, e); got != want {
			t.Errorf("%q\nwant %q", got, want)
		}
	}
}
