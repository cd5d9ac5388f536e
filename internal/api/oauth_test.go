package api

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/store"
)

// protocols is a caller of the paths of OAuth.
type protocols struct {
	*app
	mux *http.ServeMux
}

func (a *app) protocols() protocols {
	p := protocols{a, http.NewServeMux()}
	for pattern, h := range OAuth(a.deps) {
		p.mux.Handle(pattern, h)
	}
	return p
}

// send sends a request with a form, as text.
func (p protocols) send(method, path, form string, change func(*http.Request)) answer {
	p.t.Helper()
	r := httptest.NewRequestWithContext(p.t.Context(), method, path, strings.NewReader(form))
	r.RemoteAddr = "203.0.113.42:50000"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	p.mux.ServeHTTP(w, r)
	if len(w.Result().Cookies()) > 0 {
		p.t.Errorf("%s %s sets a cookie", method, path)
	}
	return answer{p.t, w.Code, w.Header(), w.Body.String()}
}

func (p protocols) form(path string, pairs ...string) answer {
	p.t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return p.send(http.MethodPost, path, v.Encode(), nil)
}

// says fails the test unless the answer is an error of the protocols.
func (a answer) says(status int, code string) map[string]any {
	a.t.Helper()
	got := into[map[string]any](a.is(status))
	if got["error"] != code || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json" {
		a.t.Errorf("%s %v, want %s", a.body, a.header, code)
	}
	return got
}

// inApp signs somebody in as an app.
func (a *app) inApp(email string) (*client, signInStep) {
	a.t.Helper()
	c := a.client()
	flow := into[signInStep](c.post("/sign-in", object("email", email, "client", "native")).is(200))
	c.headers[flowHeader] = flow.FlowToken
	done := into[signInStep](c.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)).is(200))
	delete(c.headers, flowHeader)
	c.holds(done.NativeTokens)
	return c, done
}

func TestRefreshGrant(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		p := a.protocols()
		c, in := a.inApp(memberEmail)
		got := into[tokenAnswer](p.form(tokenPath, "grant_type", "refresh_token", "refresh_token", in.RefreshToken).is(200))
		if got.TokenType != "Bearer" || got.ExpiresIn != 600 || !strings.HasPrefix(got.AccessToken, "spa_") || !strings.HasPrefix(got.RefreshToken, "spr_") {
			t.Errorf("%+v", got)
		}
		c.headers["Authorization"], c.refresh = "Bearer "+got.AccessToken, ""
		c.get("/session").is(200)
		c.headers["Authorization"] = "Bearer " + got.RefreshToken
		c.get("/session").refused(401, sallyport.CodeNotSignedIn)
		c.headers["Authorization"] = "Bearer " + got.AccessToken
		a.advance(10 * time.Minute)
		if v := c.get("/session"); v.refused(401, sallyport.CodeTokenExpired).header.Get("WWW-Authenticate") == "" {
			t.Error("no challenge")
		}
		next := into[tokenAnswer](p.form(tokenPath, "grant_type", "refresh_token", "refresh_token", got.RefreshToken).is(200))
		if said := p.form(tokenPath, "grant_type", "refresh_token", "refresh_token", in.RefreshToken).says(400, "invalid_grant"); said["reason"] != act.ReasonRefreshFailed {
			t.Errorf("a copy: %v", said)
		}
		if said := p.form(tokenPath, "grant_type", "refresh_token", "refresh_token", next.RefreshToken).says(400, "invalid_grant"); said["reason"] != act.ReasonRefreshFailed {
			t.Errorf("after it: %v", said)
		}

		// A browser gets none, and its cookie is none.
		b := a.browse(memberEmail)
		cookie := func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: "__Host-sallyport", Value: b.cookies["__Host-sallyport"]})
		}
		p.send("POST", tokenPath, "grant_type=refresh_token", cookie).says(400, "invalid_request")
		p.form(tokenPath, "grant_type", "refresh_token", "refresh_token", b.cookies["__Host-sallyport"]).says(400, "invalid_grant")
		p.send("POST", revokePath, "token=", cookie).says(400, "invalid_request")
		b.get("/session").is(200)
	})
}

// What no client of the protocols sends is refused as they say.
func TestProtocolsRefuse(t *testing.T) {
	a := newApp(t, "")
	p := a.protocols()
	for name, tt := range map[string]struct {
		path, form string
		status     int
		code       string
		change     func(*http.Request)
	}{
		"no grant":            {tokenPath, "", 400, "invalid_request", nil},
		"another grant":       {tokenPath, "grant_type=password&username=a&password=b", 400, "unsupported_grant_type", nil},
		"no refresh token":    {tokenPath, "grant_type=refresh_token", 400, "invalid_request", nil},
		"twice the same":      {tokenPath, "grant_type=refresh_token&refresh_token=a&refresh_token=b", 400, "invalid_request", nil},
		"no token of ours":    {tokenPath, "grant_type=refresh_token&refresh_token=%00", 400, "invalid_grant", nil},
		"a broken escape":     {tokenPath, "grant_type=%zz", 400, "invalid_request", nil},
		"JSON":                {tokenPath, "{}", 400, "invalid_request", func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }},
		"too long":            {tokenPath, "a=" + strings.Repeat("a", maxBody), 400, "invalid_request", nil},
		"nothing to revoke":   {revokePath, "", 400, "invalid_request", nil},
		"nobody asks":         {introspectPath, "token=x", 401, "invalid_client", nil},
		"a client of no name": {introspectPath, "token=x&client_id=%00&client_secret=%00", 401, "invalid_client", nil},
		"another scheme":      {introspectPath, "token=x", 401, "invalid_client", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }},
		"both ways":           {introspectPath, "token=x&client_id=a", 400, "invalid_request", func(r *http.Request) { r.SetBasicAuth("a", "b") }},
		"no subject":          {tokenPath, "grant_type=" + url.QueryEscape(exchangeGrant), 400, "invalid_request", nil},
		"another type":        {tokenPath, url.Values{"grant_type": {exchangeGrant}, "subject_token": {"x"}, "subject_token_type": {jwtType}, "audience": {"x"}}.Encode(), 400, "invalid_request", nil},
		"another type wanted": {tokenPath, url.Values{"grant_type": {exchangeGrant}, "subject_token": {"x"}, "subject_token_type": {accessType}, "requested_token_type": {accessType}, "audience": {"x"}}.Encode(), 400, "invalid_request", nil},
		"for somebody else":   {tokenPath, url.Values{"grant_type": {exchangeGrant}, "subject_token": {"x"}, "subject_token_type": {accessType}, "actor_token": {"x"}}.Encode(), 400, "invalid_request", nil},
		"no audience":         {tokenPath, url.Values{"grant_type": {exchangeGrant}, "subject_token": {"x"}, "subject_token_type": {accessType}}.Encode(), 400, "invalid_request", nil},
		"an unknown audience": {tokenPath, url.Values{"grant_type": {exchangeGrant}, "subject_token": {"x"}, "subject_token_type": {accessType}, "audience": {"\x00"}}.Encode(), 400, "invalid_target", nil},
	} {
		got := p.send("POST", tt.path, tt.form, tt.change)
		got.says(tt.status, tt.code)
		if challenge := got.header.Get("WWW-Authenticate"); (challenge != "") != (tt.status == 401) {
			t.Errorf("%s: challenge %q", name, challenge)
		}
	}
	for path := range map[string]bool{tokenPath: true, revokePath: true, introspectPath: true} {
		p.send("GET", path, "", nil).is(405)
	}
}

// asker makes a service that may ask.
func (a *app) asker() (id, secret string) {
	a.t.Helper()
	m := must(a.deps.OAuth.AddClient(a.t.Context(), sallyport.Operator(a.owner.TenantID), "Shop"))(a.t)
	return m.ID, m.Secret
}

// keyOf makes an API key of a user.
func (a *app) keyOf(u sallyport.User, in apikey.Input) apikey.Made {
	a.t.Helper()
	return must(a.deps.APIKeys.Make(a.t.Context(), sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID}, in))(a.t)
}

func TestIntrospection(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		p := a.protocols()
		id, secret := a.asker()
		ask := func(text string) introspection {
			t.Helper()
			return into[introspection](p.send("POST", introspectPath, url.Values{"token": {text}}.Encode(), func(r *http.Request) { r.SetBasicAuth(id, secret) }).is(200))
		}
		c, in := a.inApp(memberEmail)
		b := a.browse(memberEmail)
		key := a.keyOf(a.admin, apikey.Input{Name: "Backup", Permissions: []string{"users.view"}, Networks: []string{"192.0.2.0/24"}})
		for use, text := range map[string]string{"access_token": in.AccessToken, "session": b.cookies["__Host-sallyport"], "api_key": key.Secret} {
			got := ask(text)
			if !got.Active || got.TokenUse != use || got.Issuer != baseURL || got.TenantID != a.owner.TenantID || got.Subject == "" || got.TokenType != "Bearer" {
				t.Errorf("%s: %+v", use, got)
			}
		}
		if got := ask(in.AccessToken); got.Username != memberEmail || got.SessionID == "" || got.Expires != a.now().Add(10*time.Minute).Unix() || got.AuthTime == 0 || got.Scope != "" {
			t.Errorf("%+v", got)
		}
		if got := ask(key.Secret); got.Scope != "users.view" || got.KeyID != key.ID || len(got.Networks) != 1 || got.Expires != 0 || got.SessionID != "" {
			t.Errorf("%+v", got)
		}
		none := `{"active":false}`
		for what, text := range map[string]string{
			"a refresh token": in.RefreshToken, "nothing of ours": "x", "a client's secret": secret, "a flow": "spf_" + in.AccessToken[4:], "NUL": "\x00",
		} {
			if got := p.form(introspectPath, "token", text, "client_id", id, "client_secret", secret).is(200); strings.TrimSpace(got.body) != none {
				t.Errorf("%s: %s", what, got.body)
			}
		}
		// Asking is no use of a session, and answers as things are now.
		v := must(a.db.Session(t.Context(), a.owner.TenantID, ask(in.AccessToken).SessionID))(t)
		a.advance(5 * time.Minute)
		ask(in.AccessToken)
		must(0, a.deps.Sessions.Flush(t.Context()))(t)
		if w := must(a.db.Session(t.Context(), a.owner.TenantID, v.ID))(t); !w.LastActivityAt.Equal(v.LastActivityAt) {
			t.Error("asking is a use of the session")
		}
		c.post("/sign-out", "").is(204)
		if ask(in.AccessToken).Active {
			t.Error("active after signing out")
		}
		must(a.deps.Accounts.Disable(t.Context(), sallyport.Operator(a.owner.TenantID), a.admin.ID))(t)
		if ask(key.Secret).Active {
			t.Error("active although its user is disabled")
		}

		// The secret.
		wrong := func(what, id, secret string) {
			t.Helper()
			p.form(introspectPath, "token", in.AccessToken, "client_id", id, "client_secret", secret).says(401, "invalid_client")
			_ = what
		}
		second := must(a.deps.OAuth.RotateClient(t.Context(), sallyport.Operator(a.owner.TenantID), id, time.Hour))(t)
		former := secret
		ask(in.AccessToken)
		secret = second.Secret
		ask(in.AccessToken)
		a.advance(time.Hour)
		wrong("the former secret after its overlap", id, former)
		otherID, otherSecret := func() (string, string) {
			m := must(a.deps.OAuth.AddClient(t.Context(), sallyport.Operator(a.owner.TenantID), "Other"))(t)
			return m.ID, m.Secret
		}()
		wrong("another client's secret", id, otherSecret)
		wrong("an API key as secret", id, key.Secret)
		must(0, a.db.Write(t.Context(), func(tx *store.Tx) error { // the hash of one in the row of another
			c, err := tx.OAuthClient(t.Context(), a.owner.TenantID, otherID)
			if err != nil {
				return err
			}
			c.ID = id
			return tx.RotateClient(t.Context(), c)
		}))(t)
		wrong("another's hash", id, otherSecret)
		must(0, a.deps.OAuth.DeleteClient(t.Context(), sallyport.Operator(a.owner.TenantID), otherID))(t)
		wrong("a deleted client", otherID, otherSecret)
	})
}

// verified returns the claims of a JWT, verified with the keys of the installation by nothing but the
// standard library.
func (p protocols) verified(text string) map[string]any {
	p.t.Helper()
	part := strings.Split(text, ".")
	if len(part) != 3 {
		p.t.Fatalf("%q is no JWT", text)
	}
	raw := func(s string) []byte { return must(base64.RawURLEncoding.DecodeString(s))(p.t) }
	var header struct{ Alg, Kid, Typ string }
	must(0, json.Unmarshal(raw(part[0]), &header))(p.t)
	var set struct{ Keys []map[string]string }
	must(0, json.Unmarshal([]byte(p.send("GET", jwksPath, "", nil).is(200).body), &set))(p.t)
	for _, k := range set.Keys {
		if k["d"] != "" {
			p.t.Fatal("a private key is published")
		}
		if k["kid"] != header.Kid || k["kty"] != "EC" || k["crv"] != "P-256" || k["alg"] != "ES256" || k["use"] != "sig" {
			continue
		}
		public := must(ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, raw(k["x"]), raw(k["y"]))))(p.t)
		sum, signature := sha256.Sum256([]byte(part[0]+"."+part[1])), raw(part[2])
		if len(signature) != 64 || !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
			p.t.Fatal("the signature is wrong")
		}
		if header.Alg != "ES256" || header.Typ != "at+jwt" {
			p.t.Errorf("%+v", header)
		}
		claims := map[string]any{}
		must(0, json.Unmarshal(raw(part[1]), &claims))(p.t)
		return claims
	}
	p.t.Fatalf("no key %q in %+v", header.Kid, set)
	return nil
}

func TestJWT(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		p := a.protocols()
		if got := p.send("GET", jwksPath, "", nil).is(200); strings.TrimSpace(got.body) != `{"keys":[]}` {
			t.Errorf("before there is a service: %s", got.body)
		}
		audience, _ := a.asker()
		exchange := func(text, audience string) answer {
			t.Helper()
			return p.form(tokenPath, "grant_type", exchangeGrant, "subject_token", text, "subject_token_type", accessType, "audience", audience, "requested_token_type", jwtType)
		}
		c, in := a.inApp(memberEmail)
		got := into[tokenAnswer](exchange(in.AccessToken, audience).is(200))
		if got.ExpiresIn != 300 || got.IssuedTokenType != jwtType || got.RefreshToken != "" {
			t.Errorf("%+v", got)
		}
		claims := p.verified(got.AccessToken)
		now := float64(a.now().Unix())
		for name, want := range map[string]any{
			"iss": baseURL, "sub": a.member.ID, "aud": audience, "client_id": audience, "exp": now + 300, "iat": now, "role": "member", "tenant_id": a.owner.TenantID, "email": memberEmail,
		} {
			if claims[name] != want {
				t.Errorf("%s: %v, want %v", name, claims[name], want)
			}
		}
		// It opens nothing here, and gets no other.
		c.headers["Authorization"], c.refresh = "Bearer "+got.AccessToken, ""
		c.get("/session").refused(401, sallyport.CodeNotSignedIn)
		exchange(got.AccessToken, audience).says(400, "invalid_grant")
		exchange(in.RefreshToken, audience).says(400, "invalid_grant")

		// It never lives longer than what it was made for.
		a.advance(8 * time.Minute)
		if got := into[tokenAnswer](exchange(in.AccessToken, audience).is(200)); got.ExpiresIn != 120 {
			t.Errorf("two minutes before the end of the access token: %+v", got)
		}
		key := a.keyOf(a.admin, apikey.Input{Name: "Backup", Permissions: []string{"users.view", "sessions.view"}})
		if claims := p.verified(into[tokenAnswer](exchange(key.Secret, audience).is(200)).AccessToken); claims["scope"] != "sessions.view users.view" || claims["api_key_id"] != key.ID || claims["sid"] != nil {
			t.Errorf("%v", claims)
		}
		bound := a.keyOf(a.admin, apikey.Input{Name: "Bound", Networks: []string{"192.0.2.1"}})
		exchange(bound.Secret, audience).says(400, "invalid_grant")

		// Keys change: the next one is published before it signs, and the former one stays until nothing is good that it signed.
		kids := func() (n int) {
			return strings.Count(p.send("GET", jwksPath, "", nil).is(200).body, `"kid"`)
		}
		step := func(name string, by time.Duration, want int) {
			t.Helper()
			a.advance(by)
			must(0, a.deps.OAuth.Tend(t.Context()))(t)
			if n := kids(); n != want {
				t.Errorf("%s: %d keys, want %d", name, n, want)
			}
		}
		first := got.AccessToken
		step("in the first weeks", 27*24*time.Hour, 1)
		step("two days before its end", 2*24*time.Hour, 2)
		step("again", time.Minute, 2)
		step("just after it signed last", 24*time.Hour, 2)
		fresh := a.keyOf(a.admin, apikey.Input{Name: "Fresh"})
		second := into[tokenAnswer](exchange(fresh.Secret, audience).is(200)).AccessToken
		p.verified(second)
		if strings.Split(first, ".")[0] == strings.Split(second, ".")[0] {
			t.Error("the same key signs")
		}
		step("an hour later", 2*time.Hour, 1)
		p.verified(second)
	})
}

func TestMetadata(t *testing.T) {
	p := newApp(t, "").protocols()
	got := into[map[string]any](p.send("GET", metadataPath, "", nil).is(200))
	if got["issuer"] != baseURL || got["introspection_endpoint"] != baseURL+introspectPath || got["jwks_uri"] != baseURL+jwksPath {
		t.Errorf("%v", got)
	}
}

// A token is given up by whoever has it, and nobody learns whether there was one.
func TestRevocation(t *testing.T) {
	a := newApp(t, "")
	p := a.protocols()
	c, in := a.inApp(memberEmail)
	key := a.keyOf(a.member, apikey.Input{Name: "Backup"})
	for range 2 {
		for _, text := range []string{in.RefreshToken, key.Secret, "nothing"} {
			if got := p.form(revokePath, "token", text, "token_type_hint", "refresh_token").is(200); got.body != "" {
				t.Errorf("%q", got.body)
			}
		}
	}
	c.get("/session").refused(401, sallyport.CodeSessionTerminated)
	c.headers["Authorization"], c.refresh = "Bearer "+key.Secret, ""
	c.get("/session").refused(401, sallyport.CodeKeyEnded)
}
