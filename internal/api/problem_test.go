package api

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
)

// write returns an answer in the form of the golden files.
func (a answer) write() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d\n", a.status)
	for _, name := range []string{"Allow", "Cache-Control", "Content-Type", "Retry-After", "Www-Authenticate"} {
		if v := a.header.Get(name); v != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	return b.String() + "\n" + a.body
}

func TestProblemDocuments(t *testing.T) {
	a := newApp(t, "")
	owner, member := a.browse(ownerEmail), a.browse(memberEmail)
	flow := owner.open("web", ownerEmail)
	wrong := a.client()
	wrongFlow := wrong.open("web", ownerEmail)
	basic, nonsense, unknown := a.client(), a.client(), a.client()
	basic.headers["Authorization"], nonsense.headers["Authorization"] = "Basic dXNlcjpwYXNz", "Bearer nonsense"

	unknown.headers["Authorization"] = "Bearer " + strangeSession()
	bare := a.browse(adminEmail)
	bare.ready("backup_codes")
	plain := a.client()
	plain.headers["Content-Type"] = "text/plain"
	for name, got := range map[string]answer{
		"no_route":                owner.get("/nothing"),
		"no_route_below":          owner.get("/me/"),
		"unclean_path":            owner.get("/me//sessions"),
		"wrong_method":            owner.post("/me", ""),
		"wrong_method_check":      owner.post("/session", ""),
		"not_signed_in":           a.client().get("/me"),
		"not_signed_in_check":     a.client().get("/session"),
		"malformed_bearer_scheme": basic.get("/me"),
		"malformed_bearer":        nonsense.get("/session"),
		"unknown_bearer":          unknown.get("/session"),
		"wrong_password":          wrong.post("/sign-in/"+wrongFlow.FlowID+"/password", object("password", otherPassword)),
		"flow_expired":            a.client().post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)),
		"forbidden":               member.get("/users"),
		"foreign":                 member.post("/me/sessions/"+a.owner.ID+"/revoke", ""),
		"conflict":                bare.post("/me/backup-codes", ""),
		"no_condition":            bare.do("PATCH", prefix+"/policy", "{}"),
		"stale":                   bare.changePolicy(7, "{}"),
		"no_body":                 a.client().post("/sign-in", ""),
		"not_json":                a.client().post("/sign-in", `{"email":`),
		"two_values":              a.client().post("/sign-in", `{"email":"a@example.com"}{}`),
		"not_utf8":                a.client().post("/sign-in", "{\"email\":\"\xff\"}"),
		"not_an_object":           a.client().post("/sign-in", `[1]`),
		"another_type":            plain.post("/sign-in", `{"email":"a@example.com"}`),
		"too_large":               a.client().post("/sign-in", object("email", strings.Repeat("a", maxBody))),
		"missing_field":           a.client().post("/sign-in", `{}`),
		"empty_field":             a.client().post("/sign-in", `{"email":""}`),
		"invalid_field":           a.client().post("/sign-in", `{"email":"nobody"}`),
		"unknown_field":           a.client().post("/sign-in", `{"email":"a@example.com","emial":"x"}`),
		"other_spelling":          a.client().post("/sign-in", `{"Email":"a@example.com"}`),
		"strange_field":           a.client().post("/sign-in", `{"email":"a@example.com","Hunter-2":"x"}`),
		"wrong_types":             a.client().post("/sign-in", `{"email":7,"client":"phone","fingerprint":{"touchSupport":"yes","hardwareConcurrency":1.5}}`),
		"null_field":              a.client().post("/sign-in", `{"email":null}`),
		"weak_password":           owner.post("/me/password", object("currentPassword", goodPassword, "newPassword", "amara")),
	} {
		t.Run(name, func(t *testing.T) { golden(t, "problems/"+name+".txt", got.write()) })
	}
}

func TestProblemsThatAreHardToReach(t *testing.T) {
	for name, err := range map[string]error{
		"locked":      &sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: 90*time.Second + 1},
		"unavailable": fmt.Errorf("query: %w", &sallyport.Error{Code: sallyport.CodeUnavailable, Detail: "secret host", Err: errors.New("secret")}),
		"overloaded":  &sallyport.Error{Code: sallyport.CodeOverloaded, RetryAfter: time.Second},
		"internal":    errors.New("secret"),
		"step_up": &sallyport.Error{Code: sallyport.CodeStepUp, Detail: "secret", StepUp: &sallyport.StepUp{
			Act: "add_factor", Password: true, Factor: true, Within: 10 * time.Minute, Trust: sallyport.TrustMedium,
		}},
		"mfa_enforced": sallyport.Refuse(sallyport.CodeMFAEnforced, ""),
		"mfa_failed": &sallyport.Error{Code: sallyport.CodeMFAFailed, Fields: []sallyport.FieldError{
			{Field: "code", Code: "clock_drift", Args: map[string]string{"seconds": "179", "direction": "fast"}},
		}},
		"cross_origin": sallyport.Refuse(sallyport.CodeCrossOrigin, "secret"),
		"not_set_up":   sallyport.Refuse(sallyport.CodeNotSetUp, ""),
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			Problem(w, err)
			got := answer{t, w.Code, w.Header(), w.Body.String()}
			if strings.Contains(got.body, "secret") {
				t.Errorf("tells too much: %s", got.body)
			}
			golden(t, "problems/"+name+".txt", got.write())
		})
	}
}

// A session whose user is disabled gets 401 like every other session that is not good.
func TestUnauthenticatedIsAlways401(t *testing.T) {
	if p := unauthenticated(sallyport.Refuse(sallyport.CodeAccountDisabled, "")); p.Status != 401 || p.header.Get("WWW-Authenticate") == "" {
		t.Errorf("%+v", p)
	}
	if p := unauthenticated(sallyport.ErrUnavailable); p.Status != 503 {
		t.Errorf("%+v", p)
	}
}

// Every code has a text, and the address in a problem's type explains it.
func TestEveryCodeHasWords(t *testing.T) {
	a := newApp(t, "")
	file, err := parser.ParseFile(token.NewFileSet(), "../../errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := []sallyport.Code{codeMalformed, codeMediaType, codeMethod, codeStale, codeNoMatch}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
			if text, ok := v.Values[0].(*ast.BasicLit); ok && strings.HasPrefix(v.Names[0].Name, "Code") {
				code, _ := strconv.Unquote(text.Value)
				codes = append(codes, sallyport.Code(code))
			}
		}
		return true
	})
	if len(codes) < 20 {
		t.Fatalf("found %v only", codes)
	}
	for _, code := range codes {
		if text := problems[code]; text.title == "" || text.detail == "" {
			t.Errorf("no words for %s", code)
			continue
		}
		p := newProblem(sallyport.Refuse(code, ""))
		got := into[meaning](a.client().do("GET", p.Type, "").is(200))
		if got != (meaning{p.Code, p.Title, p.Detail, p.Status}) || (p.Status == 500) != (code == sallyport.CodeInternal) {
			t.Errorf("%s: %+v", code, got)
		}
	}
	for code := range problems {
		if !slices.Contains(codes, code) {
			t.Errorf("words for %s, which is no code", code)
		}
	}
	a.client().get("/problems/unheard_of").refused(404, sallyport.CodeNotFound)
}

func TestBodyLimitIsExact(t *testing.T) {
	a := newApp(t, "")
	pad := func(total int) string {
		body := `{"email":"a@example.com"}`
		return body + strings.Repeat(" ", total-len(body))
	}
	a.client().post("/sign-in", pad(maxBody)).is(200)
	a.client().post("/sign-in", pad(maxBody+1)).refused(413, sallyport.CodeTooLarge)

	r := httptest.NewRequest("POST", prefix+"/sign-in", strings.NewReader(pad(maxBody+1)))
	r.Header.Set("Content-Type", "application/json")
	r.ContentLength = -1 // chunked: the size is unknown until the body is read
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	if w.Code != 413 {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// When the database fails, the API answers so, accepts no session, and logs the error.
func TestWithoutDatabase(t *testing.T) {
	a := newApp(t, "")
	c := a.browse(ownerEmail)
	if err := a.db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, got := range []answer{c.get("/session"), c.get("/me"), c.post("/me/password", object("currentPassword", canary, "newPassword", canary)),
		a.client().post("/sign-in", object("email", ownerEmail))} {
		if got.refused(503, sallyport.CodeUnavailable).header.Get("Retry-After") == "" {
			t.Errorf("no Retry-After: %v", got.header)
		}
	}
	if log := a.logged.String(); !strings.Contains(log, "operation=getMe") || !strings.Contains(log, "operation=openSignIn") || strings.Contains(log, canary) {
		t.Errorf("the log: %s", log)
	}
}
