package audit_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
)

// owner returns somebody who may read the log of an organisation.
func owner(tenantID string) sallyport.Actor {
	return sallyport.Actor{Type: sallyport.ActorUser, TenantID: tenantID, UserID: "x", Role: sallyport.RoleOwner}
}

// keysOf returns the public keys of a log.
func keysOf(t *testing.T, a *apptest.App, tenantID string) []note.Verifier {
	t.Helper()
	v, err := audit.Verifiers(t.Context(), a.DB.Queries, tenantID)
	apptest.Must(t, err)
	if len(v) == 0 {
		t.Fatal("no key has signed")
	}
	return v
}

// export returns an export of a log, and what is known about it before it is written.
func export(t *testing.T, a *apptest.App, tenantID string, x audit.Export) ([]byte, *audit.Exporting) {
	t.Helper()
	p, err := a.Audit.Prepare(t.Context(), owner(tenantID), x)
	apptest.Must(t, err)
	var out bytes.Buffer
	done := int64(0)
	apptest.Must(t, p.Write(t.Context(), &out, func(n int64) { done = n }))
	if done != p.Events {
		t.Errorf("the progress ends at %d of %d", done, p.Events)
	}
	return out.Bytes(), p
}

func verifyBundle(t *testing.T, bundle []byte, known audit.Known) audit.Report {
	t.Helper()
	r, err := audit.VerifyBundle(bytes.NewReader(bundle), int64(len(bundle)), known, nil)
	if err != nil {
		r.Problems = append(r.Problems, err.Error())
	}
	return r
}

// unpack returns the files of an export.
func unpack(t *testing.T, bundle []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	apptest.Must(t, err)
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		apptest.Must(t, err)
		text, err := io.ReadAll(r)
		apptest.Must(t, err)
		files[f.Name] = string(text)
	}
	return files
}

// pack is the opposite.
func pack(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		apptest.Must(t, err)
		_, err = io.WriteString(w, text)
		apptest.Must(t, err)
	}
	apptest.Must(t, z.Close())
	return out.Bytes()
}

// Whatever is exported is proven, in parts too, and compared with any older checkpoint.
func TestExports(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.AddTenant(t, "exported.test").ID
		appendTo(t, a, some(tenantID, 30)...)
		a.Sequence(t)
		older, err := a.DB.AuditHead(t.Context(), tenantID)
		apptest.Must(t, err)
		appendTo(t, a, some(tenantID, 2100)...) // more than two blocks
		a.Sequence(t)
		size := int64(2131)
		known := audit.Known{Keys: keysOf(t, a, tenantID)}
		for _, tt := range []struct {
			name   string
			export audit.Export
			events int64 // -1 for some, but not all
			more   bool
		}{
			{"everything", audit.Export{After: -1}, size, false},
			{"a part", audit.Export{After: 500, Limit: 700}, 700, true},
			{"the last part", audit.Export{After: 2129}, 1, false},
			{"nothing", audit.Export{After: 2130}, 0, false},
			{"a kind", audit.Export{After: -1, Filters: url.Values{"kind": {string(audit.SessionRevoked)}}}, -1, false},
			{"an address", audit.Export{After: -1, Filters: url.Values{"ip": {"2001:db8::/32"}, "show": {"sign_ins", "sessions"}}}, -1, false},
			{"what is not there", audit.Export{After: -1, Filters: url.Values{"userId": {"nobody"}}}, 0, false},
		} {
			for _, format := range []audit.Format{audit.NDJSON, audit.CSV} {
				for _, since := range []int64{0, older.CheckpointSize} {
					tt.export.Format, tt.export.Since = format, since
					bundle, p := export(t, a, tenantID, tt.export)
					if p.Events != tt.events && tt.events >= 0 || tt.events < 0 && (p.Events < 1 || p.Events >= size) || p.More != tt.more {
						t.Errorf("%s: %d events, more: %v", tt.name, p.Events, p.More)
					}
					if r := verifyBundle(t, bundle, known); len(r.Problems) > 0 || r.Exported != p.Events || r.Size != size || r.TenantID != tenantID {
						t.Errorf("%s as %s: %+v", tt.name, format, r)
					}
					r := verifyBundle(t, bundle, audit.Known{Keys: known.Keys, Older: []string{older.Checkpoint}})
					if len(r.Problems) > 0 && (since > 0 || tt.events == size || !strings.Contains(fmt.Sprint(r.Problems), "cannot be compared")) {
						t.Errorf("%s as %s, for comparison with %d events: %v", tt.name, format, since, r.Problems)
					}
				}
			}
		}
		for name, x := range map[string]audit.Export{
			"format": {After: -1, Format: "xml"}, "after": {After: size, Format: audit.CSV}, "limit": {After: -1, Limit: -1, Format: audit.CSV}, "since": {After: -1, Since: size + 1, Format: audit.CSV},
		} {
			_, err := a.Audit.Prepare(t.Context(), owner(tenantID), x)
			apptest.Denied(t, name, err, sallyport.CodeInvalid)
		}
		_, err = a.Audit.Prepare(t.Context(), sallyport.Actor{Type: sallyport.ActorUser, TenantID: tenantID, Role: sallyport.RoleMember}, audit.Export{After: -1, Format: audit.CSV})
		apptest.Denied(t, "a member", err, sallyport.CodeForbidden)
	})
}

// TestForgedExports changes each byte of each file of an export, removes, doubles and swaps its lines,
// and puts files of other exports into it: whoever has only the public key finds all of it.
func TestForgedExports(t *testing.T) {
	a := apptest.New(t, store.SQLite, store.Options{})
	tenantID, otherID := a.AddTenant(t, "exported.test").ID, a.AddTenant(t, "other.test").ID
	appendTo(t, a, some(tenantID, 12)...)
	appendTo(t, a, some(otherID, 12)...)
	a.Sequence(t)
	older, err := a.DB.AuditHead(t.Context(), tenantID)
	apptest.Must(t, err)
	appendTo(t, a, some(tenantID, 9)...)
	a.Sequence(t)
	known := audit.Known{Keys: keysOf(t, a, tenantID), Older: []string{older.Checkpoint}}
	for _, format := range []audit.Format{audit.NDJSON, audit.CSV} {
		for name, filters := range map[string]url.Values{"all": nil, "some": {"kind": {string(audit.SessionRevoked)}}} {
			x := audit.Export{After: -1, Format: format, Filters: filters, Since: older.CheckpointSize}
			bundle, _ := export(t, a, tenantID, x)
			files := unpack(t, bundle)
			if r := verifyBundle(t, pack(t, files), known); len(r.Problems) > 0 {
				t.Fatalf("the honest export: %v", r.Problems)
			}
			tried := 0
			step, n := 11, 0 // make soak tries all of them
			if apptest.Rounds(1) > 1 {
				step = 1
			}
			try := func(what, file, text string) {
				if n++; n%step != 0 && strings.HasPrefix(what, "byte") || text == files[file] {
					return
				}
				tried++
				forged := map[string]string{}
				for n, v := range files {
					forged[n] = v
				}
				forged[file] = text
				if r := verifyBundle(t, pack(t, forged), known); len(r.Problems) == 0 {
					t.Errorf("%s of %s as %s: nobody finds %s", file, name, format, what)
				}
			}
			for file, text := range files {
				for i := range text {
					try(fmt.Sprintf("byte %d flipped", i), file, text[:i]+string([]byte{text[i] ^ 1})+text[i+1:])
				}
				lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
				for i := range lines {
					line := func(j int) string { return strings.TrimSuffix(lines[j], "\n") + "\n" }
					rest := func(from int) string {
						if from >= len(lines) {
							return ""
						}
						return strings.Join(lines[from:], "") + "\n"
					}
					try(fmt.Sprintf("line %d removed", i), file, strings.Join(lines[:i], "")+rest(i+1))
					try(fmt.Sprintf("line %d doubled", i), file, strings.Join(lines[:i], "")+line(i)+line(i)+rest(i+1))
					if i > 0 && lines[i] != lines[i-1] {
						try(fmt.Sprintf("line %d before the one above", i), file, strings.Join(lines[:i-1], "")+line(i)+line(i-1)+rest(i+1))
					}
					try(fmt.Sprintf("an end at line %d", i), file, strings.Join(lines[:i], ""))
				}
				try("a space at its end", file, text+" ")
				try("an empty line at its end", file, text+"\n")
				foreign, _ := export(t, a, otherID, audit.Export{After: -1, Format: format, Filters: filters})
				try("the file of another log", file, unpack(t, foreign)[file])
			}
			t.Logf("%d forgeries of %s as %s", tried, name, format)
		}
	}
	bundle, _ := export(t, a, tenantID, audit.Export{After: -1, Format: audit.NDJSON})
	if r := verifyBundle(t, bundle, audit.Known{Keys: keysOf(t, a, otherID)}); len(r.Problems) != 1 {
		t.Errorf("with the key of another log: %v", r.Problems)
	}
	for name, file := range map[string][]byte{"no ZIP file": []byte("hello"), "an empty one": pack(t, nil), "cut": bundle[:len(bundle)/2]} {
		if r := verifyBundle(t, file, known); len(r.Problems) == 0 {
			t.Errorf("%s is taken for an export", name)
		}
	}
}

// The proof of one event holds for that event alone.
func TestEventProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.AddTenant(t, "proven.test").ID
		appendTo(t, a, some(tenantID, 40)...)
		a.Sequence(t)
		rows, err := a.DB.Events(t.Context(), tenantID, 0, 100)
		apptest.Must(t, err)
		known := audit.Known{Keys: keysOf(t, a, tenantID)}
		var first []byte
		for _, row := range rows {
			p, r, err := a.Audit.Proof(t.Context(), owner(tenantID), row.ID)
			apptest.Must(t, err)
			text, err := audit.NewEventProof(p, r).Text()
			apptest.Must(t, err)
			report, e, err := audit.VerifyProof(text, known)
			if err != nil || len(report.Problems) > 0 || e.ID != row.ID || report.Size != int64(len(rows)) {
				t.Fatalf("event %d: %+v, %v", p.Position, report, err)
			}
			if first == nil && p.Personal != "" {
				first = text
			}
		}
		for i := range first {
			forged := bytes.Clone(first)
			forged[i] ^= 1
			if r, _, err := audit.VerifyProof(forged, known); err == nil && len(r.Problems) == 0 && !bytes.ContainsRune([]byte(" \n!*+"), rune(first[i])) {
				t.Errorf("byte %d %q of the proof can be changed", i, first[i])
			}
		}
		appendTo(t, a, some(tenantID, 1)...)
		last, err := a.DB.Events(t.Context(), tenantID, rows[len(rows)-1].Seq+1, 1)
		apptest.Must(t, err)
		if a.DB.Engine == store.Postgres { // on SQLite it has its place already, and no checkpoint
			if p, err := a.Audit.Event(t.Context(), owner(tenantID), last[0].ID); err != nil || p.Position != -1 {
				t.Errorf("an event that waits is at %d, %v", p.Position, err)
			}
		}
		_, _, err = a.Audit.Proof(t.Context(), owner(tenantID), last[0].ID)
		apptest.Denied(t, "an event that no checkpoint covers", err, sallyport.CodeNotFound)
		_, err = a.Audit.Event(t.Context(), owner(a.TenantID(t)), rows[0].ID)
		apptest.Denied(t, "an event of another organisation", err, sallyport.CodeNotFound)
	})
}
