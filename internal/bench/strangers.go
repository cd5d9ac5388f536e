package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/sallyport/sallyport/internal/token"
)

// stranger is a client that has proven nothing, with an address of its own.
type stranger struct {
	n  *node
	ip string
}

// strangerCall is one route that is reached without proof, and how it is asked about somebody.
type strangerCall struct {
	name   string
	hashes bool // a password is compared
	// ask returns how long the answer took, without what came before.
	ask func(ctx context.Context, s stranger, who subject) (time.Duration, error)
}

const (
	signInPath = "/api/v1/sign-in"
	wrong      = "Not the right 1"
)

// strangerCalls are the routes at which a stranger can ask about an account.
var strangerCalls = []strangerCall{
	{"API: begin", false, func(ctx context.Context, s stranger, who subject) (time.Duration, error) {
		return s.timed(ctx, http.StatusOK, sentJSON(signInPath, map[string]any{"email": who.email, "client": "native"}))
	}},
	{"API: where a sign-in stands", false, inFlow(http.StatusOK, "", nil)},
	{"API: wrong password", true, inFlow(http.StatusUnauthorized, "/password", map[string]any{"password": wrong})},
	{"API: wrong password, strange device", true, onDevice(inFlow(http.StatusUnauthorized, "/password", map[string]any{"password": wrong}))},
	{"API: second factor out of turn", false, inFlow(http.StatusConflict, "/factor", map[string]any{"methodType": "totp", "code": "123456"})},
	{"API: code out of turn", false, inFlow(http.StatusConflict, "/factor/send", map[string]any{"methodType": "webauthn"})},
	{"API: enrolment out of turn", false, inFlow(http.StatusConflict, "/enrol", map[string]any{"methodType": "totp"})},
	{"API: unknown passkey in their name", false, strangePasskey},
	{"API: reset", false, func(ctx context.Context, s stranger, who subject) (time.Duration, error) {
		return s.timed(ctx, http.StatusAccepted, sentJSON("/api/v1/recovery", map[string]any{"email": who.email}))
	}},
	{"page: wrong password", true, func(ctx context.Context, s stranger, who subject) (time.Duration, error) {
		return s.timed(ctx, http.StatusUnauthorized, sentForm("/sign-in", url.Values{"email": {who.email}, "password": {wrong}}))
	}},
	{"page: second factor out of turn", false, func(ctx context.Context, s stranger, who subject) (time.Duration, error) {
		r, err := s.do(ctx, sentJSON(signInPath, map[string]any{"email": who.email}))
		if err != nil {
			return 0, err
		}
		flow, _, _ := strings.Cut(r.header.Get("Set-Cookie"), ";")
		return s.timed(ctx, http.StatusSeeOther, outgoing{method: http.MethodGet, path: "/sign-in/factor", header: map[string]string{"Cookie": flow}})
	}},
	{"page: reset", false, func(ctx context.Context, s stranger, who subject) (time.Duration, error) {
		return s.timed(ctx, http.StatusOK, sentForm("/recovery", url.Values{"email": {who.email}}))
	}},
}

type asking = func(ctx context.Context, s stranger, who subject) (time.Duration, error)

// deviceKey is set in the context of a client that presents a device credential.
type deviceKey struct{}

// onDevice asks with a well-formed device credential that nobody was given.
func onDevice(ask asking) asking {
	return func(ctx context.Context, s stranger, who subject) (time.Duration, error) {
		credential, _ := token.New(token.Device)
		return ask(context.WithValue(ctx, deviceKey{}, credential), s, who)
	}
}

// inFlow asks at a step of a sign-in that was begun with the address; body nil means GET.
func inFlow(status int, step string, body map[string]any) asking {
	return func(ctx context.Context, s stranger, who subject) (time.Duration, error) {
		flow, err := s.begin(ctx, signInPath, map[string]any{"email": who.email, "client": "native"})
		if err != nil {
			return 0, err
		}
		o := outgoing{method: http.MethodGet, path: signInPath + "/" + flow.FlowID + step, header: map[string]string{}}
		if body != nil {
			o = sentJSON(o.path, body)
		}
		o.header["Sallyport-Flow"] = flow.FlowToken
		if credential, ok := ctx.Value(deviceKey{}).(string); ok {
			o.header["Sallyport-Device"] = credential
		}
		return s.timed(ctx, status, o)
	}
}

// strangePasskey answers with a passkey that no account has, in the name of one.
func strangePasskey(ctx context.Context, s stranger, who subject) (time.Duration, error) {
	flow, err := s.begin(ctx, signInPath+"/passkey", map[string]any{"client": "native"})
	if err != nil {
		return 0, err
	}
	options, err := virtualwebauthn.ParseAssertionOptions(string(flow.Challenge.Options))
	if err != nil {
		return 0, err
	}
	party := virtualwebauthn.RelyingParty{ID: "localhost", Name: "Bench", Origin: "http://localhost"}
	device := virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(who.id)})
	answer := virtualwebauthn.CreateAssertionResponse(party, device, virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2), *options)
	o := sentJSON(signInPath+"/"+flow.FlowID+"/passkey", map[string]any{"credential": json.RawMessage(answer)})
	o.header["Sallyport-Flow"] = flow.FlowToken
	return s.timed(ctx, http.StatusUnauthorized, o)
}

// begun is a sign-in that was begun.
type begun struct {
	FlowID, FlowToken string
	Challenge         struct{ Options json.RawMessage }
}

func (s stranger) begin(ctx context.Context, path string, body map[string]any) (begun, error) {
	var out begun
	r, err := s.do(ctx, sentJSON(path, body))
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(r.body, &out)
}

// outgoing is one request.
type outgoing struct {
	method, path string
	header       map[string]string
	body         []byte
}

func sentJSON(path string, body map[string]any) outgoing {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // cannot happen: the bodies are above
	}
	return outgoing{http.MethodPost, path, map[string]string{"Content-Type": "application/json"}, text}
}

func sentForm(path string, form url.Values) outgoing {
	return outgoing{http.MethodPost, path, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, []byte(form.Encode())}
}

// answered is the answer to a request, and how long it took.
type answered struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

// staying follows no redirects.
var staying = &http.Client{
	Transport: client.Transport, Timeout: client.Timeout,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (s stranger) do(ctx context.Context, o outgoing) (answered, error) {
	r, err := http.NewRequestWithContext(ctx, o.method, "http://"+s.n.addr+o.path, bytes.NewReader(o.body))
	if err != nil {
		return answered{}, err
	}
	r.Header.Set("X-Forwarded-For", s.ip)
	for name, value := range o.header {
		r.Header.Set(name, value)
	}
	begin := time.Now()
	w, err := staying.Do(r)
	if err != nil {
		return answered{}, err
	}
	body, err := io.ReadAll(w.Body)
	return answered{w.StatusCode, w.Header, body, time.Since(begin)}, errors.Join(err, w.Body.Close())
}

// timed sends a request that must have this status, and returns how long the answer took.
func (s stranger) timed(ctx context.Context, status int, o outgoing) (time.Duration, error) {
	r, err := s.do(ctx, o)
	if err == nil && r.status != status {
		err = fmt.Errorf("%s %s was answered with %d: %s", o.method, o.path, r.status, r.body)
	}
	return r.took, err
}
