package backup

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/store"
)

// places are where packages put the programs of PostgreSQL besides PATH.
var places = []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/*postgresql@*/bin", "/opt/homebrew/opt/libpq/bin", "/usr/local/opt/*postgresql@*/bin", "/usr/local/pgsql*/bin"}

var version = regexp.MustCompile(`\) (\d+)`)

// tool returns the path of a program of PostgreSQL that is not older than the server.
func tool(ctx context.Context, name string, server int) (string, error) {
	var found []string
	if path, err := exec.LookPath(name); err == nil {
		found = append(found, path)
	}
	for _, pattern := range places {
		more, err := filepath.Glob(filepath.Join(pattern, name))
		if err != nil {
			return "", err
		}
		found = append(found, more...)
	}
	newest := 0
	for _, path := range found {
		said, err := exec.CommandContext(ctx, path, "--version").Output() //nolint:gosec // the tool of this name that was found
		if m := version.FindSubmatch(said); err == nil && m != nil {
			n, _ := strconv.Atoi(string(m[1])) //nolint:errcheck // they are digits
			if n >= server {
				return path, nil
			}
			newest = max(newest, n)
		}
	}
	install := fmt.Sprintf("install the client programs of PostgreSQL %d or newer (Debian and Ubuntu: the package postgresql-client-%[1]d), or put their folder on PATH", server)
	if newest > 0 {
		return "", fmt.Errorf("%s is of version %d, which is older than the server: %s", name, newest, install)
	}
	return "", fmt.Errorf("%s was not found: %s", name, install)
}

// program is a program of PostgreSQL while it works on a database.
type program struct {
	path string
	env  []string
}

// run runs the program, calls said with each line that it writes to standard error, and returns what it
// wrote to standard output.
func (p program) run(ctx context.Context, said func(line string), args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, p.path, args...) //nolint:gosec // the tool that was found; its arguments are ours, and the address is in the environment
	c.Env = p.env
	var out bytes.Buffer
	c.Stdout = &out
	lines, err := c.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	var wrong []string
	for scan := bufio.NewScanner(lines); scan.Scan(); {
		line := scan.Text()
		if strings.Contains(line, "error: ") || strings.Contains(line, "DETAIL") || strings.Contains(line, "HINT") {
			wrong = append(wrong, line)
		}
		said(line)
	}
	if err := c.Wait(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", filepath.Base(p.path), err, strings.Join(wrong, "; "))
	}
	return out.Bytes(), nil
}

func silent(string) {}

// counting shows how many of the tables were named in a line that has what.
func counting(what string, tables int, show Progress, label string) func(string) {
	n := 0
	return func(line string) {
		if strings.Contains(line, what) {
			show(min(n, tables-1), tables, label)
			n++
		}
	}
}

// programs returns both programs for a database.
func programs(ctx context.Context, t *store.Target) (dump, restore program, err error) {
	major, err := t.Major(ctx)
	if err != nil {
		return dump, restore, err
	}
	env := t.Environment()
	if dump.path, err = tool(ctx, "pg_dump", major); err != nil {
		return dump, restore, err
	}
	restore.path, err = tool(ctx, "pg_restore", major)
	dump.env, restore.env = env, env
	return dump, restore, err
}

func makePostgres(ctx context.Context, dsn, part string, show Progress) (err error) {
	t, err := store.OpenTarget(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	if _, err := t.Facts(ctx); err != nil {
		return err
	}
	dump, restore, err := programs(ctx, t)
	if err != nil {
		return err
	}
	tables, err := t.Tables(ctx)
	if err != nil {
		return err
	}
	if _, err := dump.run(ctx, counting("dumping contents of table", tables, show, "copying"), "--format=custom", "--no-owner", "--no-acl", "--no-comments", "--verbose", "--no-password",
		"--exclude-schema="+store.Aside+"*", "--file="+part); err != nil {
		return err
	}
	show(0, 1, "checking")
	_, err = archive(ctx, restore, part)
	return err
}

// archive reads an archive to its end, and returns what it holds.
func archive(ctx context.Context, p program, path string) (f store.Facts, err error) {
	if _, err := p.run(ctx, silent, "--file="+os.DevNull, path); err != nil {
		return f, fmt.Errorf("%s is not a whole backup: %w", path, err)
	}
	text, err := p.run(ctx, silent, "--data-only", "--table=goose_db_version", "--table=audit_heads", "--file=-", path)
	if err != nil {
		return f, err
	}
	tables := 0
	for table, value := range columns(string(text), map[string]string{"goose_db_version": "version_id", "audit_heads": "size"}) {
		tables++
		for _, n := range value {
			if table == "audit_heads" {
				f.Events += n
				continue
			}
			f.Schema = max(f.Schema, n)
		}
	}
	if tables != 2 {
		return f, fmt.Errorf("%s: %w", path, store.ErrForeign)
	}
	return f, nil
}

// columns returns the numbers of one column of each of some tables, from the text of an archive.
func columns(text string, wanted map[string]string) map[string][]int64 {
	found := map[string][]int64{}
	table, place := "", 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if head, ok := strings.CutPrefix(line, "COPY "); ok {
			name, rest, _ := strings.Cut(head, " (")
			table = strings.Trim(name[strings.LastIndex(name, ".")+1:], `"`)
			names, _, _ := strings.Cut(rest, ")")
			place = -1
			for i, column := range strings.Split(names, ", ") {
				if strings.Trim(column, `"`) == wanted[table] {
					place = i
					found[table] = []int64{}
				}
			}
			continue
		}
		if line == `\.` || table == "" {
			table = ""
			continue
		}
		if values := strings.Split(line, "\t"); place >= 0 && place < len(values) {
			if n, err := strconv.ParseInt(values[place], 10, 64); err == nil {
				found[table] = append(found[table], n)
			}
		}
	}
	return found
}

func restorePostgres(ctx context.Context, r Restoring) (aside string, err error) {
	if err := r.recognise("PGDMP", "a backup of a PostgreSQL database (an archive of pg_dump --format=custom)"); err != nil {
		return "", err
	}
	t, err := store.OpenTarget(ctx, r.Database)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	_, restore, err := programs(ctx, t)
	if err != nil {
		return "", err
	}
	r.Show(0, 1, "checking")
	facts, err := archive(ctx, restore, r.File)
	if err != nil {
		return "", err
	}
	if err := store.Newer(facts.Schema, store.KnownSchema()); err != nil {
		return "", err
	}
	if aside, err = r.room(ctx, t, facts); err != nil {
		return "", err
	}
	if err = r.fill(ctx, t, restore); err == nil {
		err = r.prepare(ctx, r.Database)
	}
	if err == nil || aside == "" {
		return aside, err
	}
	return "", errors.Join(err, t.PutBack(context.WithoutCancel(ctx), aside))
}

// room makes room for the backup: it sets the tables of the database aside, where that was asked for.
func (r Restoring) room(ctx context.Context, t *store.Target, backup store.Facts) (aside string, err error) {
	switch n, err := t.Users(ctx); {
	case err != nil:
		return "", err
	case n > 0:
		return "", fmt.Errorf("%w (%d connections)", store.ErrInUse, n)
	}
	tables, err := t.Tables(ctx)
	if err != nil || tables == 0 {
		return "", err
	}
	if !r.Replace {
		if now, err := t.Facts(ctx); err == nil {
			if err := judge(now, backup); err != nil {
				return "", err
			}
		}
		return "", errors.New("the database is not empty: give an empty one, or say --replace; its tables are then kept in a schema beside it")
	}
	aside = store.Aside + strings.ToLower(r.stamp())
	if err := t.SetAside(ctx, aside); err != nil {
		return "", fmt.Errorf("keep the present tables in the schema %s: %w", aside, err)
	}
	return aside, nil
}

// fill puts the backup into an empty database, in one transaction.
func (r Restoring) fill(ctx context.Context, t *store.Target, p program) error {
	tables := 0
	list, err := p.run(ctx, silent, "--list", r.File)
	if err != nil {
		return err
	}
	tables = strings.Count(string(list), " TABLE DATA ")
	_, err = p.run(ctx, counting("processing data for table", tables, r.Show, "restoring"), "--no-owner", "--no-acl", "--no-comments", "--exit-on-error", "--single-transaction", "--verbose",
		"--no-password", "--dbname="+t.Name(), r.File)
	return err
}
