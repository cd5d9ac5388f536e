package openid

import (
	"encoding/json"
	"net/url"
	"strings"
)

// hidden stands for a secret.
const hidden = "•••"

// secretNames are parameters and members that no trace shows.
var secretNames = []string{"code", "code_verifier", "client_secret", "client_assertion", "access_token", "refresh_token", "id_token_hint"}

// hideForm writes parameters with secrets hidden, in a form to be read.
func hideForm(form url.Values) string {
	shown := url.Values{}
	for name, values := range form {
		shown[name] = values
	}
	for _, name := range secretNames {
		if shown.Has(name) {
			shown.Set(name, hidden)
		}
	}
	return strings.ReplaceAll(shown.Encode(), url.QueryEscape(hidden), hidden)
}

// hideAnswer writes the answer of a token endpoint with secrets hidden. What is not understood is not shown:
// a token may be anywhere in it.
func hideAnswer(body []byte) string {
	var members map[string]any
	if json.Unmarshal(body, &members) == nil {
		for _, name := range secretNames {
			if _, there := members[name]; there {
				members[name] = hidden
			}
		}
		if token, ok := members["id_token"].(string); ok {
			members["id_token"] = hideSignature(token)
		}
		return compact(members)
	}
	if form, err := url.ParseQuery(string(body)); err == nil && (form.Has("access_token") || form.Has("error")) {
		return hideForm(form)
	}
	return "(no JSON)"
}

// hideSignature leaves of a signed token what nobody can use.
func hideSignature(token string) string {
	end := strings.LastIndexByte(token, '.')
	if end < 0 || strings.Count(token, ".") != 2 {
		return hidden
	}
	return token[:end+1] + hidden
}

// compact writes JSON for a step, as it is read best.
func compact(v any) string {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return ""
	}
	return strings.TrimSpace(text.String())
}

// hider takes secrets out of what a provider says: some repeat what they were sent.
func hider(secrets ...string) *strings.Replacer {
	var pairs []string
	for _, s := range secrets {
		const shortest = 4 // what is shorter is in every text
		for _, form := range []string{s, url.QueryEscape(s)} {
			if len(form) >= shortest {
				pairs = append(pairs, form, hidden)
			}
		}
	}
	return strings.NewReplacer(pairs...)
}
