package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// outcome is what a client knows of a call.
type outcome int

const (
	unknown      outcome = iota // no answer, or 5xx: it may have happened
	acknowledged                // 2xx
	refused                     // 4xx
)

// answer is what came of a call.
type answer struct {
	status int // 0 for none
	body   []byte
	began  time.Time
}

func (a answer) outcome() outcome {
	switch a.status / 100 {
	case 2:
		return acknowledged
	case 4:
		return refused
	}
	return unknown
}

// code is that of a problem document.
func (a answer) code() string {
	var problem struct{ Code, Error string }
	_ = json.Unmarshal(a.body, &problem) // without one there is no code
	return problem.Code + problem.Error
}

// site is a service with one address or several, of which each call takes any.
type site struct {
	mu     sync.Mutex
	urls   []string
	client *http.Client
	rest   time.Duration // of a client that got no answer: nobody asks a dead server without a pause
}

// callTimeout is longer than a node takes to refuse what its database does not answer.
const callTimeout = 12 * time.Second

func newSite(urls ...string) *site {
	dialer := &net.Dialer{Timeout: time.Second}
	return &site{urls: urls, rest: 5 * time.Millisecond, client: &http.Client{
		Timeout:   callTimeout,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, DialContext: dialer.DialContext},
	}}
}

// move makes these the addresses.
func (s *site) move(urls ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.urls = urls
	s.client.CloseIdleConnections()
}

// any returns one of the addresses.
func (s *site) any() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.urls[rand.IntN(len(s.urls))]
}

// request is a call by the client of an account.
type request struct {
	url          string // of the service; "" for any of its addresses
	method, path string
	ip           string // as a proxy says it
	token, flow  string
	body         any
	form         string // instead of body
}

func (s *site) call(r request) answer {
	if r.url == "" {
		r.url = s.any()
	}
	var body io.Reader = http.NoBody
	kind := "application/json"
	switch {
	case r.form != "":
		body, kind = strings.NewReader(r.form), "application/x-www-form-urlencoded"
	case r.body != nil:
		text, err := json.Marshal(r.body)
		if err != nil {
			panic(err) // bodies are made here
		}
		body = bytes.NewReader(text)
	}
	sent, err := http.NewRequestWithContext(context.Background(), r.method, r.url+r.path, body)
	if err != nil {
		panic(err) // so are addresses
	}
	sent.Host = "localhost"
	sent.Header.Set("Content-Type", kind)
	sent.Header.Set("X-Forwarded-For", r.ip)
	sent.Header.Set("User-Agent", "Harbour/4.2 (Android 16)")
	if r.token != "" {
		sent.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.flow != "" {
		sent.Header.Set("Sallyport-Flow", r.flow)
	}
	a := answer{began: time.Now()}
	got, err := s.client.Do(sent)
	if err != nil {
		return a
	}
	defer got.Body.Close()
	if a.body, err = io.ReadAll(got.Body); err == nil {
		a.status = got.StatusCode
	}
	return a
}

// step is the answer of a step of a sign-in or step-up.
type step struct {
	FlowID, FlowToken, Next   string
	AccessToken, RefreshToken string
	codeTaken                 bool // a second factor was accepted
}

// prove goes through a flow that the answer began, to its end. Each step goes to the same node, since
// clocks of nodes may differ by more than a flow lasts.
func (s *site) prove(r request, first answer, at, password, code string) (step, answer) {
	var now step
	for a := first; ; {
		if a.outcome() != acknowledged {
			return now, a
		}
		next := step{}
		if err := json.Unmarshal(a.body, &next); err != nil {
			return now, answer{began: a.began}
		}
		if next.FlowID == "" {
			next.FlowID = now.FlowID
		}
		next.codeTaken = now.codeTaken || now.Next == "factor"
		now = next
		r.method, r.flow = http.MethodPost, now.FlowToken
		switch now.Next {
		case "done":
			return now, a
		case "password":
			r.path, r.body = "/password", map[string]string{"password": password}
		case "factor":
			r.path, r.body = "/factor", map[string]string{"methodType": "backup_codes", "code": code}
		case "device":
			r.path, r.body = "/device", map[string]bool{"trust": false}
		default:
			return now, answer{status: http.StatusTeapot, body: a.body, began: a.began} // a step that no account of ours has
		}
		r.path = "/api/v1/" + at + "/" + now.FlowID + r.path
		a = s.call(r)
	}
}

// signIn signs a native client in.
func (s *site) signIn(ip, email, password, code string) (step, answer) {
	r := request{url: s.any(), method: http.MethodPost, path: "/api/v1/sign-in", ip: ip, body: map[string]string{"email": email, "client": "native"}}
	return s.prove(r, s.call(r), "sign-in", password, code)
}

// stepUp proves the password for an act.
func (s *site) stepUp(ip, token, act, password string) (step, answer) {
	r := request{url: s.any(), method: http.MethodPost, path: "/api/v1/step-up", ip: ip, token: token, body: map[string]string{"act": act}}
	return s.prove(r, s.call(r), "step-up", password, "")
}

// check asks whether a session is good.
func (s *site) check(token string) answer {
	return s.call(request{method: http.MethodGet, path: "/api/v1/session", token: token})
}
