package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/deposit"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
)

// certificate writes a certificate and its key, and returns their files.
func certificate(t *testing.T, ends time.Time) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	apptest.Must(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends, DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	apptest.Must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	apptest.Must(t, err)
	files := [2]string{}
	for i, block := range []*pem.Block{{Type: "CERTIFICATE", Bytes: der}, {Type: "PRIVATE KEY", Bytes: secret}} {
		files[i] = filepath.Join(t.TempDir(), "tls.pem")
		apptest.Must(t, os.WriteFile(files[i], pem.EncodeToMemory(block), 0o600))
	}
	return files[0], files[1]
}

// exposed returns what a node with everything that can be turned on answers on /metrics.
func exposed(t *testing.T, ends time.Time) string {
	t.Helper()
	a := apptest.New(t, apptest.Engines[0], store.Options{})
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	apptest.Must(t, err)
	address := l.Addr().String()
	apptest.Must(t, l.Close())
	s := apptest.Serve(t, a, func(c *server.Config) {
		c.MetricsListen, c.OTLPEndpoint, c.Deposit = address, "http://127.0.0.1:1", deposit.Settings{Folder: t.TempDir()}
		c.TLSCert, c.TLSKey = certificate(t, ends)
	})
	_, err = s.Server.SignIn.Open(t.Context(), a.Laptop(t), apptest.OwnerEmail)
	apptest.Must(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/sign-in", http.NoBody)
	apptest.Must(t, err)
	s.Server.Handler.ServeHTTP(discarded{http.Header{}}, r)
	return get(t, "http://"+address+"/metrics")
}

type discarded struct{ h http.Header }

func (d discarded) Header() http.Header         { return d.h }
func (d discarded) Write(p []byte) (int, error) { return len(p), nil }
func (d discarded) WriteHeader(int)             {}

func get(t *testing.T, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, http.NoBody)
	apptest.Must(t, err)
	w, err := http.DefaultClient.Do(r)
	apptest.Must(t, err)
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	apptest.Must(t, err)
	return string(text)
}

const monitoring = "../../docs/monitoring/"

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	apptest.Must(t, err)
	return string(text)
}

var (
	typeLine = regexp.MustCompile(`(?m)^# TYPE (\w+) `)
	metric   = regexp.MustCompile(`\b(?:sallyport|go|process)_[a-z0-9_]+`)
	selector = regexp.MustCompile(`\b(sallyport_[a-z0-9_]+)\{([^}]*)\}`)
	label    = regexp.MustCompile(`(\w+) *(?:=~|!~|!=|=)`)
	kinds    = regexp.MustCompile(`kind=~?"([^"]+)"`)
)

// The dashboard, the alerts, the manual and a node that runs name the same metrics. make check lets
// promtool judge the rules and, in the file that SALLYPORT_METRICS names, what the node answered.
func TestMonitoring(t *testing.T) {
	ends := time.Now().AddDate(0, 1, 0).Truncate(time.Second)
	text := exposed(t, ends)
	if file := os.Getenv("SALLYPORT_METRICS"); file != "" {
		apptest.Must(t, os.WriteFile(file, []byte(text), 0o600))
	}
	there := map[string]bool{}
	for _, m := range typeLine.FindAllStringSubmatch(text, -1) {
		there[m[1]] = true
	}
	dashboard, alerts, manual := read(t, monitoring+"sallyport.json"), read(t, monitoring+"alerts.yml"), read(t, "../../docs/operations.md")
	for name, where := range map[string]string{"dashboard": queries(t, dashboard), "alerts": alerts, "manual": manual} {
		for _, m := range metric.FindAllString(where, -1) {
			if base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(m, ""); !there[m] && !there[base] {
				t.Errorf("the %s names %s, which no node has", name, m)
			}
		}
		for _, m := range selector.FindAllStringSubmatch(where, -1) {
			for _, l := range label.FindAllStringSubmatch(m[2], -1) {
				if l[1] != "job" && l[1] != "instance" && !regexp.MustCompile(`(?m)^`+m[1]+`\{(?:.*,)?`+l[1]+`="`).MatchString(text) {
					t.Errorf("the %s asks for the label %s of %s, which that does not have", name, l[1], m[1])
				}
			}
		}
		for _, m := range kinds.FindAllStringSubmatch(where, -1) {
			for _, k := range strings.Split(m[1], "|") {
				if !slices.ContainsFunc(audit.Kinds, func(r audit.Row) bool { return string(r.Kind) == k }) {
					t.Errorf("the %s asks for events of the kind %s, which there is not", name, k)
				}
			}
		}
	}
	for name := range there {
		if strings.HasPrefix(name, "sallyport_") && !strings.Contains(manual, "`"+name+"`") {
			t.Errorf("docs/operations.md does not explain %s", name)
		}
	}
	if at := regexp.MustCompile(`(?m)^sallyport_certificate_expiry_seconds (\S+)$`).FindStringSubmatch(text); at == nil {
		t.Error("the end of the certificate is not there")
	} else if f, err := strconv.ParseFloat(at[1], 64); err != nil || int64(f) != ends.Unix() {
		t.Errorf("the certificate ends at %s, not %d", at[1], ends.Unix())
	}
	if !strings.Contains(text, `,version="test"} 1`) {
		t.Error("the version is not there")
	}
}

// queries returns the expressions of a dashboard, one a line. Each panel has a place of its own.
func queries(t *testing.T, dashboard string) string {
	t.Helper()
	var d struct {
		Templating struct{ List []struct{ Definition string } }
		Panels     []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	apptest.Must(t, json.Unmarshal([]byte(dashboard), &d))
	var out []string
	for _, v := range d.Templating.List {
		out = append(out, v.Definition)
	}
	ids := map[int]bool{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("the panel %q has the id of another one, or no room", p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			out = append(out, target.Expr)
		}
	}
	if len(out) < 30 {
		t.Errorf("the dashboard has %d queries", len(out))
	}
	return strings.Join(out, "\n")
}
