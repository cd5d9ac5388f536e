package fault

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/pgtest"
)

// program is the environment variable that names the program to drill, as make drill does. Without it
// there is no drill.
const program = "SALLYPORT_DRILL"

// longestAway is how long it may take after the death of the primary until people sign in again.
const longestAway = 30 * time.Second

// password is that of every role in the clusters of a drill.
const password = "drill"

// TestDrill does what docs/operations.md recommends, kills the primary under load, and judges:
//
//	storm ─ nginx ─┬ sallyport ─┬ PostgreSQL and Patroni ─ etcd
//	               └ sallyport ─┴ PostgreSQL and Patroni ─ etcd
func TestDrill(t *testing.T) {
	binary := os.Getenv(program)
	if binary == "" {
		t.Skip("make drill does it")
	}
	c := newCluster(t)
	c.awaitStandby(t)
	dsn := c.database(t)
	all := prepare(t, dsn, 3)
	nodes := []string{c.node(t, binary, dsn), c.node(t, binary, dsn)}
	front := newSite(c.nginx(t, nodes))
	front.rest = 50 * time.Millisecond
	until(t, front, time.Minute)

	// The clients of the first storm lose sight of much of theirs; those of the second know all.
	under := begin(front, all[0].accounts, rand.Uint64())
	under.wait(t, 200)
	killed := c.killPrimary(t)
	promoted := c.promotion(t.Context(), killed)
	away := signedIn(t, front, newSite(nodes...), all[2].accounts[0])
	under.wait(t, 50)
	under.end()
	after := begin(front, all[1].accounts, rand.Uint64())
	after.wait(t, 50)
	c.runPatroni(t, killed)
	rejoined := c.awaitStandby(t)
	after.wait(t, 100)
	after.end()

	defer printDrill("the primary and its Patroni", []time.Duration{<-promoted, away, rejoined}, under.history, after.history)
	t.Run("under", func(t *testing.T) { judge(t, under.history, front, dsn, all[0].accounts) })
	t.Run("after", func(t *testing.T) { judge(t, after.history, front, dsn, all[1].accounts) })
	if away > longestAway {
		t.Errorf("after %v somebody signs in again, and it should take %v at most", away, longestAway)
	}
}

// signedIn waits until somebody signs in, and until the nodes say no more that they cannot.
func signedIn(t *testing.T, front, nodes *site, a *account) time.Duration {
	t.Helper()
	t0 := time.Now()
	for {
		_, got := front.signIn(a.ip, a.email, a.password, "")
		if got.outcome() == acknowledged {
			break
		}
		if time.Since(t0) > 4*longestAway {
			t.Fatalf("%v after the fault nobody signs in: %d %s", time.Since(t0), got.status, got.body)
		}
		time.Sleep(100 * time.Millisecond)
	}
	until(t, nodes, longestAway)
	return time.Since(t0)
}

// printDrill prints what came of a drill, with the times until there was a primary again, until sign-ins
// were acknowledged, and until the former primary followed.
func printDrill(killed string, times []time.Duration, histories ...*history) {
	var sure, unsure, races, lost, accepted int
	for _, h := range histories {
		sure, unsure, races = sure+h.count(acknowledged), unsure+h.count(unknown), races+h.raced
		for _, sentence := range h.wrong {
			if strings.Contains(sentence, "accepted") {
				accepted++
			} else {
				lost++
			}
		}
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintln(w, "killed\tacknowledged\tunknown\tchecks in races\tprimary again\tsign-ins again\tstandby again\tlost\trevoked or used, accepted")
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t", killed, sure, unsure, races)
	for _, d := range times {
		fmt.Fprintf(w, "%.1f s\t", d.Seconds())
	}
	fmt.Fprintf(w, "%d\t%d\n", lost, accepted)
}

// cluster is two PostgreSQL under Patroni, with an etcd.
type cluster struct {
	etcd, front *pgtest.Home
	at          string                  // address of etcd
	members     map[string]*pgtest.Home // by the ports of PostgreSQL
	config      map[string]string       // of Patroni, by the same
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{etcd: newHome(t), front: newHome(t), at: freeAddress(t), members: map[string]*pgtest.Home{}, config: map[string]string{}}
	own, peers := "http://"+c.at, "http://"+freeAddress(t)
	apptest.Must(t, c.etcd.Run("etcd", "--data-dir", c.etcd.DataDir(), "--listen-client-urls", own, "--advertise-client-urls", own,
		"--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", "default="+peers))
	awaitAnswer(t, own+"/health", c.etcd.LogOf("etcd"))
	for _, name := range []string{"db1", "db2"} {
		address, home := freeAddress(t), newHome(t)
		port := address[strings.LastIndex(address, ":")+1:]
		text, err := json.Marshal(c.patroni(name, address, freeAddress(t), home)) // which is YAML
		apptest.Must(t, err)
		c.members[port] = home
		c.config[port], err = home.Write("patroni.yml", text)
		apptest.Must(t, err)
		c.runPatroni(t, port)
	}
	return c
}

func newHome(t *testing.T) *pgtest.Home {
	t.Helper()
	home, err := pgtest.NewHome(durable())
	apptest.Must(t, err)
	t.Cleanup(home.Close)
	return home
}

func freeAddress(t *testing.T) string {
	t.Helper()
	port, err := pgtest.FreePort()
	apptest.Must(t, err)
	return "127.0.0.1:" + port
}

// object is one of a configuration.
type object = map[string]any

// patroni returns the configuration of one, with the shortest times that Patroni allows.
func (c *cluster) patroni(name, address, rest string, home *pgtest.Home) object {
	access := func(user string) object { return object{"username": user, "password": password} }
	return object{
		"scope": "drill", "name": name,
		"restapi": object{"listen": rest, "connect_address": rest},
		"etcd3":   object{"host": c.at},
		"bootstrap": object{
			"initdb": []any{object{"encoding": "UTF8"}, object{"locale": "C"}},
			"dcs": object{
				"ttl": 20, "loop_wait": 2, "retry_timeout": 3, "synchronous_mode": true,
				"postgresql": object{"use_pg_rewind": true, "parameters": object{"wal_log_hints": "on", "shared_buffers": "16MB"}},
			},
		},
		"postgresql": object{
			"listen": address, "connect_address": address, "data_dir": home.DataDir(), "bin_dir": home.Programs,
			"pgpass":         filepath.Join(home.Dir, "pgpass"),
			"authentication": object{"superuser": access("postgres"), "replication": access("replicator")},
			"parameters":     object{"unix_socket_directories": home.Dir},
			"pg_hba":         []string{"local all all trust", "host all all 127.0.0.1/32 scram-sha-256", "host replication replicator 127.0.0.1/32 scram-sha-256"},
		},
	}
}

func (c *cluster) runPatroni(t *testing.T, port string) {
	t.Helper()
	apptest.Must(t, c.members[port].Run("patroni", c.config[port]))
}

// url is the address of a database on whichever of the two is written to.
func (c *cluster) url(user, database string) string {
	ports := slices.Sorted(maps.Keys(c.members))
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Path: "/" + database}
	u.RawQuery = url.Values{"host": {"127.0.0.1,127.0.0.1"}, "port": {strings.Join(ports, ",")}, "sslmode": {"disable"}, "target_session_attrs": {"read-write"}}.Encode()
	return u.String()
}

// ask runs a statement on the primary, whose port and standbys it returns.
func (c *cluster) ask(ctx context.Context, statements ...string) (port string, standbys int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.url("postgres", "postgres"))
	if err != nil {
		return "", 0, err
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return "", 0, err
		}
	}
	err = conn.QueryRow(ctx, "SELECT current_setting('port'), (SELECT COUNT(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync')").Scan(&port, &standbys)
	return port, standbys, err
}

// awaitStandby waits until each commit on the primary waits for its standby, and returns how long that took.
func (c *cluster) awaitStandby(t *testing.T) time.Duration {
	t.Helper()
	t0 := time.Now()
	for {
		_, n, err := c.ask(t.Context())
		if err == nil && n > 0 {
			return time.Since(t0)
		}
		if time.Since(t0) > 3*time.Minute {
			for _, home := range c.members {
				text, _ := os.ReadFile(home.LogOf("patroni"))
				t.Logf("%s", text[max(0, len(text)-4000):])
			}
			t.Fatalf("after %v there is no primary with a standby: %v", time.Since(t0), err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// promotion returns how long it took from now until another than the killed one is written to.
func (c *cluster) promotion(ctx context.Context, killed string) <-chan time.Duration {
	took, t0 := make(chan time.Duration, 1), time.Now()
	go func() {
		defer close(took)
		for ctx.Err() == nil {
			if port, _, err := c.ask(ctx); err == nil && port != killed {
				took <- time.Since(t0)
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	return took
}

// database makes that of the nodes, and returns its address once the standby has it too: the driver asks no
// other host than one that says that there is no such database.
func (c *cluster) database(t *testing.T) string {
	t.Helper()
	_, _, err := c.ask(t.Context(), "CREATE ROLE sallyport LOGIN PASSWORD '"+password+"'", "CREATE DATABASE sallyport OWNER sallyport")
	apptest.Must(t, err)
	dsn := c.url("sallyport", "sallyport")
	for late := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err == nil {
			apptest.Must(t, conn.Close(t.Context()))
			return dsn
		}
		if time.Now().After(late) {
			t.Fatal(err)
		}
	}
}

// killPrimary ends the primary and its Patroni at once, and returns its port.
func (c *cluster) killPrimary(t *testing.T) string {
	t.Helper()
	port, _, err := c.ask(t.Context())
	apptest.Must(t, err)
	apptest.Must(t, c.members[port].Kill())
	return port
}

// node starts the program as on a machine of its own, and returns its address.
func (c *cluster) node(t *testing.T, binary, dsn string) string {
	t.Helper()
	address := freeAddress(t)
	cmd := exec.Command(binary, "serve", "--listen", address, "--public-url", "http://localhost", "--trusted-proxy", "127.0.0.1/32",
		"--data", t.TempDir(), "--argon2-memory", "19456", "--hash-slots", "2")
	cmd.Env = environ("SALLYPORT_DATABASE="+dsn, "SALLYPORT_KEYS="+apptest.Keys())
	log := &said{}
	cmd.Stderr = log
	apptest.Must(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			text := log.String()
			t.Logf("a node wrote: %s", text[max(0, len(text)-4000):])
		}
	})
	awaitAnswer(t, "http://"+address+"/livez", "")
	return "http://" + address
}

// frontConfig is that of nginx. What was sent once is never sent to the other node too, as by default.
const frontConfig = `daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	upstream nodes { %[2]s keepalive 16; }
	server {
		listen %[3]s;
		location / {
			proxy_pass http://nodes;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host $host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_next_upstream error timeout;
		}
	}
}
`

// nginx starts one before the nodes, and returns its address.
func (c *cluster) nginx(t *testing.T, nodes []string) string {
	t.Helper()
	var servers strings.Builder
	for _, n := range nodes {
		fmt.Fprintf(&servers, "server %s; ", strings.TrimPrefix(n, "http://"))
	}
	address := freeAddress(t)
	config, err := c.front.Write("nginx.conf", fmt.Appendf(nil, frontConfig, c.front.Dir, servers.String(), address))
	apptest.Must(t, err)
	program, err := exec.LookPath("nginx")
	if err != nil {
		program = "/usr/sbin/nginx" // which is not on everybody's PATH
	}
	apptest.Must(t, c.front.Run(program, "-e", "error.log", "-p", c.front.Dir, "-c", config))
	awaitAnswer(t, "http://"+address+"/livez", c.front.LogOf(program))
	return "http://" + address
}

// awaitAnswer waits until a program answers 200.
func awaitAnswer(t *testing.T, url, log string) {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second}
	for late := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		got, err := client.Get(url)
		if err == nil {
			got.Body.Close()
			if got.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(late) {
			text, _ := os.ReadFile(log)
			t.Fatalf("%s does not answer: %v %s", url, err, text)
		}
	}
}
