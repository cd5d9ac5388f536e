package factor_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/google/uuid"

	"github.com/sallyport/sallyport/internal/factor"
)

var party = factor.RelyingParty{ID: "accounts.example.com", Name: "Example", Origins: []string{"https://accounts.example.com"}}

// browser is an authenticator in a browser that shows one site.
type browser struct {
	site virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	key  virtualwebauthn.Credential
}

func newBrowser(options virtualwebauthn.AuthenticatorOptions) *browser {
	return &browser{
		site: virtualwebauthn.RelyingParty{ID: party.ID, Name: party.Name, Origin: party.Origins[0]},
		auth: virtualwebauthn.NewAuthenticatorWithOptions(options),
		key:  newKey(),
	}
}

func (b *browser) create(t testing.TB, options json.RawMessage) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAttestationResponse(b.site, b.auth, b.key, *o))
}

// get answers with a counter that went up.
func (b *browser) get(t testing.TB, options json.RawMessage) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	b.key.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(b.site, b.auth, b.key, *o))
}

func newUser(name string) factor.PasskeyUser {
	return factor.PasskeyUser{Handle: []byte("handle of " + name), Name: name + "@example.com", DisplayName: name}
}

// enrol registers the browser's key and returns the user with it.
func enrol(t testing.TB, b *browser, u factor.PasskeyUser) (factor.PasskeyUser, factor.Passkey) {
	t.Helper()
	options, ceremony, err := party.BeginRegistration(u)
	if err != nil {
		t.Fatal(err)
	}
	p, err := party.FinishRegistration(u, ceremony, b.create(t, options))
	if err != nil {
		t.Fatal(err)
	}
	u.Passkeys = append(u.Passkeys[:len(u.Passkeys):len(u.Passkeys)], p.Record)
	return u, p
}

// must returns what a Begin function returned.
func must(t testing.TB) func(json.RawMessage, []byte, error) (json.RawMessage, []byte) {
	return func(options json.RawMessage, ceremony []byte, err error) (json.RawMessage, []byte) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return options, ceremony
	}
}

func refused(t *testing.T, what string, p factor.Passkey, err error) {
	t.Helper()
	if !errors.Is(err, factor.ErrPasskey) || p.Record != nil || p.CredentialID != "" || p.UserVerified {
		t.Errorf("%s: %+v, %v", what, p, err)
	}
}

func TestPasskeyOptions(t *testing.T) {
	u, p := enrol(t, newBrowser(virtualwebauthn.AuthenticatorOptions{}), newUser("ann"))
	var creation struct {
		Challenge, Attestation               string
		RP                                   struct{ ID, Name string }
		User                                 struct{ ID, Name, DisplayName string }
		PubKeyCredParams                     []struct{ Alg int }
		AuthenticatorSelection               map[string]any
		ExcludeCredentials, AllowCredentials []struct{ ID, Type string }
		UserVerification, RPID               string
	}
	options, ceremony := must(t)(party.BeginRegistration(u))
	if err := json.Unmarshal(options, &creation); err != nil {
		t.Fatal(err)
	}
	challenge, err := base64.RawURLEncoding.DecodeString(creation.Challenge)
	if err != nil || len(challenge) < 16 {
		t.Errorf("challenge %q", creation.Challenge)
	}
	if id, _ := base64.RawURLEncoding.DecodeString(creation.User.ID); !bytes.Equal(id, u.Handle) || creation.User.Name != u.Name || creation.User.DisplayName != "ann" {
		t.Errorf("user %+v", creation.User)
	}
	selection := creation.AuthenticatorSelection
	if creation.RP.ID != party.ID || creation.RP.Name != "Example" || creation.Attestation != "none" ||
		selection["residentKey"] != "preferred" || selection["userVerification"] != "preferred" || selection["requireResidentKey"] == true {
		t.Errorf("%s", options)
	}
	if len(creation.ExcludeCredentials) != 1 || creation.ExcludeCredentials[0].ID != p.CredentialID {
		t.Errorf("excluded: %v", creation.ExcludeCredentials)
	}
	if bytes.Contains(ceremony, []byte(`"publicKey"`)) || !bytes.Contains(ceremony, []byte(`"expires":"0001-01-01T00:00:00Z"`)) {
		t.Errorf("ceremony %s", ceremony)
	}
	options, _ = must(t)(party.BeginAssertion(u, false))
	creation.UserVerification = ""
	if err := json.Unmarshal(options, &creation); err != nil {
		t.Fatal(err)
	}
	if creation.RPID != party.ID || creation.UserVerification != "preferred" || len(creation.AllowCredentials) != 1 || creation.AllowCredentials[0].ID != p.CredentialID {
		t.Errorf("%s", options)
	}
	options, _ = must(t)(party.BeginDiscoverable())
	if !bytes.Contains(options, []byte(`"userVerification":"required"`)) || bytes.Contains(options, []byte("allowCredentials")) {
		t.Errorf("%s", options)
	}
}

func TestPasskeyRegistrationAndAssertion(t *testing.T) {
	for _, o := range []virtualwebauthn.AuthenticatorOptions{
		{}, {UserNotVerified: true}, {BackupEligible: true}, {BackupEligible: true, BackupState: true},
	} {
		b := newBrowser(o)
		b.auth.Aaguid = uuid.MustParse("fbfc3007-154e-4ecc-8c0b-6e020557d7bd")
		u, p := enrol(t, b, newUser("ann"))
		check := func(what string, p factor.Passkey) {
			t.Helper()
			if p.CredentialID != base64.RawURLEncoding.EncodeToString(b.key.ID) || p.UserVerified == o.UserNotVerified ||
				p.BackupEligible != o.BackupEligible || p.BackedUp != o.BackupState || p.CloneSuspected || p.Model != "iCloud Keychain" {
				t.Errorf("%s with %+v: %+v", what, o, p)
			}
		}
		check("registered", p)
		for range 3 {
			options, ceremony := must(t)(party.BeginAssertion(u, false))
			p, err := party.FinishAssertion(u, ceremony, b.get(t, options))
			if err != nil {
				t.Fatal(err)
			}
			check("asserted", p)
			u.Passkeys[0] = p.Record
		}
	}
}

func TestPasskeyVerificationIsOfThisCeremony(t *testing.T) {
	b := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	u, _ := enrol(t, b, newUser("ann"))
	for _, verified := range []bool{false, true, false} {
		b.auth.Options.UserNotVerified = !verified
		options, ceremony := must(t)(party.BeginAssertion(u, false))
		p, err := party.FinishAssertion(u, ceremony, b.get(t, options))
		if err != nil || p.UserVerified != verified {
			t.Errorf("verified %v: %+v, %v", verified, p, err)
		}
		u.Passkeys[0] = p.Record
	}
}

func TestPasskeyRecordIsSmallAndPublic(t *testing.T) {
	b := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	_, p := enrol(t, b, newUser("ann"))
	if !json.Valid(p.Record) || len(p.Record) > 1000 || bytes.Contains(p.Record, []byte("clientDataJSON")) {
		t.Errorf("%d bytes: %s", len(p.Record), p.Record)
	}
}

func TestDiscoverable(t *testing.T) {
	b := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	u, registered := enrol(t, b, newUser("ann"))
	b.auth.Options.UserHandle = u.Handle
	find := func(credentialID string) (factor.PasskeyUser, error) {
		if credentialID != registered.CredentialID {
			t.Errorf("credential %q", credentialID)
		}
		return u, nil
	}
	options, ceremony := must(t)(party.BeginDiscoverable())
	p, err := party.FinishDiscoverable(find, ceremony, b.get(t, options))
	if err != nil || !p.UserVerified || p.CredentialID != registered.CredentialID {
		t.Fatalf("%+v, %v", p, err)
	}

	b.auth.Options.UserNotVerified = true
	p, err = party.FinishDiscoverable(find, ceremony, b.get(t, options))
	refused(t, "without user verification", p, err)
	b.auth.Options.UserNotVerified = false

	unknown := errors.New("nobody has this passkey")
	p, err = party.FinishDiscoverable(func(string) (factor.PasskeyUser, error) { return factor.PasskeyUser{}, unknown }, ceremony, b.get(t, options))
	refused(t, "unknown passkey", p, err)
	if !errors.Is(err, unknown) {
		t.Errorf("the cause is lost: %v", err)
	}

	// find may return a wrong user; the verification still fails.
	bob, _ := enrol(t, newBrowser(virtualwebauthn.AuthenticatorOptions{}), newUser("bob"))
	p, err = party.FinishDiscoverable(func(string) (factor.PasskeyUser, error) { return bob, nil }, ceremony, b.get(t, options))
	refused(t, "another user is found", p, err)

	mustNotFind := func(string) (factor.PasskeyUser, error) { t.Error("find was asked"); return u, nil }
	for _, handle := range [][]byte{nil, bytes.Repeat([]byte("h"), 65)} {
		b.auth.Options.UserHandle = handle
		p, err = party.FinishDiscoverable(mustNotFind, ceremony, b.get(t, options))
		refused(t, "bad handle", p, err)
	}
	b.auth.Options.UserHandle = bob.Handle
	p, err = party.FinishDiscoverable(func(string) (factor.PasskeyUser, error) { return bob, nil }, ceremony, b.get(t, options))
	refused(t, "another's handle", p, err)
}

func TestPasskeyRegistrationRefuses(t *testing.T) {
	u := newUser("ann")
	options, ceremony := must(t)(party.BeginRegistration(u))
	other, _ := must(t)(party.BeginRegistration(u))
	fresh := func() *browser { return newBrowser(virtualwebauthn.AuthenticatorOptions{}) }
	finish := func(what string, u factor.PasskeyUser, ceremony, response []byte) {
		t.Helper()
		p, err := party.FinishRegistration(u, ceremony, response)
		refused(t, what, p, err)
	}
	b := fresh()
	finish("another challenge", u, ceremony, b.create(t, other))
	finish("another user's ceremony", newUser("bob"), ceremony, b.create(t, options))
	finish("an assertion", u, ceremony, b.get(t, options))
	for _, origin := range []string{
		"https://evil.example", "http://accounts.example.com", "https://accounts.example.com:8443", "https://accounts.example.com.evil.example", "null", "",
	} {
		b := fresh()
		b.site.Origin = origin
		finish("origin "+origin, u, ceremony, b.create(t, options))
	}
	b = fresh()
	b.site.ID = "example.com"
	finish("another relying party", u, ceremony, b.create(t, options))
	b = fresh()
	b.auth.Options.UserNotPresent = true
	finish("nobody there", u, ceremony, b.create(t, options))
	b = fresh()
	b.auth.Options.BackupState = true
	finish("a backup of what cannot be backed up", u, ceremony, b.create(t, options))

	b = fresh()
	u, _ = enrol(t, b, u)
	options, ceremony = must(t)(party.BeginRegistration(u))
	finish("a passkey the account has", u, ceremony, b.create(t, options))
}

func TestPasskeyAssertionRefuses(t *testing.T) {
	b := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	u, _ := enrol(t, b, newUser("ann"))
	bobs := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	bob, _ := enrol(t, bobs, newUser("bob"))
	options, ceremony := must(t)(party.BeginAssertion(u, false))
	otherOptions, otherCeremony := must(t)(party.BeginAssertion(u, false))
	bobOptions, bobCeremony := must(t)(party.BeginAssertion(bob, false))
	finish := func(what string, u factor.PasskeyUser, ceremony, response []byte) {
		t.Helper()
		p, err := party.FinishAssertion(u, ceremony, response)
		refused(t, what, p, err)
	}

	accepted := b.get(t, options)
	if _, err := party.FinishAssertion(u, ceremony, accepted); err != nil {
		t.Fatal(err)
	}
	finish("a response replayed under another challenge", u, otherCeremony, accepted)
	finish("another challenge", u, ceremony, b.get(t, otherOptions))
	finish("another user's passkey", u, ceremony, bobs.get(t, options))
	finish("another user's ceremony", u, bobCeremony, b.get(t, bobOptions))
	finish("another user's ceremony and passkey", u, bobCeremony, bobs.get(t, bobOptions))
	b.auth.Options.UserHandle = bob.Handle
	finish("another user's handle", u, ceremony, b.get(t, options))
	b.auth.Options.UserHandle = nil
	second := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	u, _ = enrol(t, second, u)
	finish("a passkey added since", u, ceremony, second.get(t, options))

	forged := *b
	forged.key.Key = newKey().Key
	finish("another key under the same id", u, ceremony, forged.get(t, options))
	away := *b
	away.site.Origin = "https://evil.example"
	finish("another origin", u, ceremony, away.get(t, options))
	away = *b
	away.site.ID = "evil.example"
	finish("another relying party", u, ceremony, away.get(t, options))
	away = *b
	away.auth.Options.UserNotPresent = true
	finish("nobody there", u, ceremony, away.get(t, options))
	u.Passkeys = nil
	finish("a passkey removed since", u, ceremony, b.get(t, options))
	if _, _, err := party.BeginAssertion(u, false); err == nil {
		t.Error("an assertion begins without passkeys")
	}
}

func TestPasskeyCeremoniesAreOfOneKind(t *testing.T) {
	b := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	u, _ := enrol(t, b, newUser("ann"))
	b.auth.Options.UserHandle = u.Handle
	find := func(string) (factor.PasskeyUser, error) { return u, nil }
	registration, registrationCeremony := must(t)(party.BeginRegistration(u))
	assertion, assertionCeremony := must(t)(party.BeginAssertion(u, false))
	discoverable, discoverableCeremony := must(t)(party.BeginDiscoverable())

	p, err := party.FinishAssertion(u, registrationCeremony, b.get(t, registration))
	refused(t, "assertion of a registration", p, err)
	p, err = party.FinishAssertion(u, discoverableCeremony, b.get(t, discoverable))
	refused(t, "assertion of a discoverable", p, err)
	p, err = party.FinishDiscoverable(find, assertionCeremony, b.get(t, assertion))
	refused(t, "discoverable of an assertion", p, err)
	p, err = party.FinishDiscoverable(find, registrationCeremony, b.get(t, registration))
	refused(t, "discoverable of a registration", p, err)
	fresh := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	p, err = party.FinishRegistration(u, assertionCeremony, fresh.create(t, registration))
	refused(t, "registration of an assertion", p, err)

	elsewhere := party
	elsewhere.ID = "example.com"
	p, err = elsewhere.FinishAssertion(u, assertionCeremony, b.get(t, assertion))
	refused(t, "another relying party's ceremony", p, err)
}

func TestPasskeyClone(t *testing.T) {
	b := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	b.key.Counter = 5
	u, _ := enrol(t, b, newUser("ann"))
	for _, tt := range []struct {
		counter uint32 // of the response
		suspect bool
	}{{6, false}, {10, false}, {10, true}, {7, true}, {0, true}, {11, false}, {12, false}} {
		options, ceremony := must(t)(party.BeginAssertion(u, false))
		b.key.Counter = tt.counter - 1 // get adds one
		p, err := party.FinishAssertion(u, ceremony, b.get(t, options))
		if err != nil || p.CloneSuspected != tt.suspect {
			t.Errorf("counter %d: %+v, %v", tt.counter, p, err)
		}
		u.Passkeys[0] = p.Record
	}
	// Synced passkeys have no counter, which is no sign of a copy.
	b = newBrowser(virtualwebauthn.AuthenticatorOptions{BackupEligible: true})
	u, _ = enrol(t, b, newUser("bob"))
	for range 3 {
		options, ceremony := must(t)(party.BeginAssertion(u, false))
		b.key.Counter--
		p, err := party.FinishAssertion(u, ceremony, b.get(t, options))
		if err != nil || p.CloneSuspected {
			t.Errorf("without a counter: %+v, %v", p, err)
		}
		u.Passkeys[0] = p.Record
	}
}

// A manager can begin to synchronise a passkey, and from then on its counter proves nothing. What was synchronised does not
// become a key of one device, and whoever copied such a key cannot leave its counter behind by saying that it is synchronised.
func TestPasskeyChangesItsEligibility(t *testing.T) {
	type answer struct {
		eligible, backedUp bool
		counter            uint32
	}
	for name, tt := range map[string]struct {
		made    answer
		answers []answer
		refused bool // the last one
		suspect bool
	}{
		"synced later":                    {answer{}, []answer{{true, true, 0}, {true, true, 0}}, false, false},
		"synced later, with a counter":    {answer{counter: 3}, []answer{{true, true, 4}, {true, true, 0}, {true, false, 9}, {true, true, 2}}, false, false},
		"synced, and the counter falls":   {answer{true, true, 7}, []answer{{true, true, 0}}, false, false},
		"synced, and the counter stays":   {answer{true, true, 7}, []answer{{true, true, 7}}, false, false},
		"on one device, the counter":      {answer{counter: 5}, []answer{{false, false, 5}}, false, true},
		"on one device, falling to zero":  {answer{counter: 5}, []answer{{false, false, 0}}, false, true},
		"the flag does not excuse a copy": {answer{counter: 5}, []answer{{true, true, 5}}, false, true},
		"no longer synced":                {answer{true, true, 0}, []answer{{false, false, 0}}, true, false},
		"synced later, and no longer":     {answer{}, []answer{{true, true, 0}, {false, false, 0}}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(virtualwebauthn.AuthenticatorOptions{BackupEligible: tt.made.eligible, BackupState: tt.made.backedUp})
			b.key.Counter = tt.made.counter
			u, _ := enrol(t, b, newUser("ann"))
			b.auth.Options.UserHandle = u.Handle
			for i, a := range tt.answers {
				b.auth.Options.BackupEligible, b.auth.Options.BackupState = a.eligible, a.backedUp
				last := i == len(tt.answers)-1
				use := func(what string, finish func() (factor.Passkey, error)) {
					b.key.Counter = a.counter - 1 // get adds one
					p, err := finish()
					switch {
					case last && tt.refused:
						if !errors.Is(err, factor.ErrPasskeyWithdrawn) || !errors.Is(err, factor.ErrPasskey) {
							t.Errorf("%s: %+v, %v", what, p, err)
						}
					case err != nil || p.BackupEligible != a.eligible || p.BackedUp != a.backedUp || p.CloneSuspected != (last && tt.suspect):
						t.Errorf("%s, answer %d: %+v, %v", what, i, p, err)
					case what == "assertion":
						u.Passkeys[0] = p.Record
					}
				}
				options, ceremony := must(t)(party.BeginDiscoverable())
				use("discoverable", func() (factor.Passkey, error) {
					return party.FinishDiscoverable(func(string) (factor.PasskeyUser, error) { return u, nil }, ceremony, b.get(t, options))
				})
				options, ceremony = must(t)(party.BeginAssertion(u, false))
				use("assertion", func() (factor.Passkey, error) { return party.FinishAssertion(u, ceremony, b.get(t, options)) })
			}
		})
	}
}

func TestPasskeyMalformedInputs(t *testing.T) {
	b := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	u, _ := enrol(t, b, newUser("ann"))
	b.auth.Options.UserHandle = u.Handle
	find := func(string) (factor.PasskeyUser, error) { return u, nil }
	creation, registration := must(t)(party.BeginRegistration(u))
	request, assertion := must(t)(party.BeginAssertion(u, false))
	_, discoverable := must(t)(party.BeginDiscoverable())
	good := b.get(t, request)
	long := append(bytes.TrimSuffix(good, []byte("}")), []byte(`,"x":"`+strings.Repeat("x", 16<<10)+`"}`)...)
	for _, response := range [][]byte{
		nil, {}, []byte("null"), []byte("{}"), []byte("[]"), []byte(`"x"`), []byte("{"), []byte(`{"id":"","rawId":"","type":"public-key","response":{}}`),
		append(append([]byte{}, good...), good...), good[:len(good)/2], long, bytes.Repeat([]byte("["), 10_000),
	} {
		p, err := party.FinishRegistration(u, registration, response)
		refused(t, "registration", p, err)
		p, err = party.FinishAssertion(u, assertion, response)
		refused(t, "assertion", p, err)
		p, err = party.FinishDiscoverable(find, discoverable, response)
		refused(t, "discoverable", p, err)
	}
	for _, ceremony := range [][]byte{nil, []byte("null"), []byte("{}"), []byte("x"), []byte(`{"challenge":""}`)} {
		p, err := party.FinishRegistration(u, ceremony, b.create(t, creation))
		refused(t, "registration", p, err)
		p, err = party.FinishAssertion(u, ceremony, good)
		refused(t, "assertion", p, err)
		p, err = party.FinishDiscoverable(find, ceremony, good)
		refused(t, "discoverable", p, err)
	}
}

// Password managers send extension outputs without being asked.
func TestPasskeyExtensionsAreIgnored(t *testing.T) {
	const unasked = `,"clientExtensionResults":{"credProps":{"rk":true},"other":{"x":1}}}`
	with := func(response []byte) []byte { return append(bytes.TrimSuffix(response, []byte("}")), unasked...) }
	b := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	u := newUser("ann")
	options, ceremony := must(t)(party.BeginRegistration(u))
	p, err := party.FinishRegistration(u, ceremony, with(b.create(t, options)))
	if err != nil {
		t.Fatal(err)
	}
	u.Passkeys = [][]byte{p.Record}
	options, ceremony = must(t)(party.BeginAssertion(u, false))
	if _, err := party.FinishAssertion(u, ceremony, with(b.get(t, options))); err != nil {
		t.Error(err)
	}
}

// The library must not judge a ceremony's age by the machine's clock.
func TestPasskeyExpiryIsTheCallers(t *testing.T) {
	b := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	u, _ := enrol(t, b, newUser("ann"))
	options, ceremony := must(t)(party.BeginAssertion(u, false))
	var session map[string]any
	if err := json.Unmarshal(ceremony, &session); err != nil {
		t.Fatal(err)
	}
	session["expires"] = time.Unix(0, 0)
	ceremony, err := json.Marshal(session)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := party.FinishAssertion(u, ceremony, b.get(t, options)); err != nil {
		t.Error(err)
	}
}

// Our own faults must not look like a failed try.
func TestPasskeyFaultsOfOurOwn(t *testing.T) {
	b := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	u, _ := enrol(t, b, newUser("ann"))
	options, ceremony := must(t)(party.BeginAssertion(u, false))
	broken, nobody, tooLong := u, u, u
	broken.Passkeys = [][]byte{[]byte("{")}
	nobody.Handle = nil
	tooLong.Handle = bytes.Repeat([]byte("h"), 65)
	for name, u := range map[string]factor.PasskeyUser{"record": broken, "no handle": nobody, "long handle": tooLong} {
		if _, err := party.FinishAssertion(u, ceremony, b.get(t, options)); err == nil || errors.Is(err, factor.ErrPasskey) {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := party.BeginRegistration(u); err == nil || errors.Is(err, factor.ErrPasskey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, rp := range map[string]factor.RelyingParty{
		"no origin": {ID: party.ID}, "no id": {Origins: party.Origins}, "an address": {ID: "192.0.2.1", Origins: party.Origins},
		"a URL": {ID: party.Origins[0], Origins: party.Origins},
	} {
		if _, _, err := rp.BeginDiscoverable(); err == nil || errors.Is(err, factor.ErrPasskey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := (factor.RelyingParty{ID: "localhost", Origins: []string{"http://localhost:8080"}}).BeginRegistration(u); err != nil {
		t.Error(err)
	}
}

func FuzzFinishAssertion(f *testing.F) {
	b := newBrowser(virtualwebauthn.AuthenticatorOptions{})
	u, _ := enrol(f, b, newUser("ann"))
	options, ceremony := must(f)(party.BeginAssertion(u, false))
	_, discoverable := must(f)(party.BeginDiscoverable())
	good := b.get(f, options)
	f.Add(good)
	f.Add(good[:len(good)-20])
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}}`))
	creation, _ := must(f)(party.BeginRegistration(u))
	f.Add(b.create(f, creation))
	// signed returns the bytes that the signature covers. The same bytes have several encodings.
	signed := func(response []byte) string {
		var r struct {
			Response struct{ AuthenticatorData, ClientDataJSON string }
		}
		_ = json.Unmarshal(response, &r)
		decode := func(s string) []byte {
			b, _ := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
			return b
		}
		return string(decode(r.Response.AuthenticatorData)) + "|" + string(decode(r.Response.ClientDataJSON))
	}
	want := signed(good)
	f.Fuzz(func(t *testing.T, response []byte) {
		// Only what the key signed for this challenge is accepted.
		if p, err := party.FinishAssertion(u, ceremony, response); err == nil {
			if signed(response) != want {
				t.Fatalf("%+v of %q", p, response)
			}
		} else if !errors.Is(err, factor.ErrPasskey) {
			t.Fatal(err)
		}
		if p, err := party.FinishDiscoverable(func(string) (factor.PasskeyUser, error) { return u, nil }, discoverable, response); !errors.Is(err, factor.ErrPasskey) {
			t.Fatalf("%+v, %v of %q", p, err, response)
		}
	})
}

// newKey makes a key pair. The library drops leading zeros of coordinates, which about one key
// in a hundred has; browsers cannot read such a key.
func newKey() virtualwebauthn.Credential {
	const whole = 77 // bytes of a COSE key on P-256
	for {
		if c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(c.Key.AttestationData()) == whole {
			return c
		}
	}
}
