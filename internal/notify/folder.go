package notify

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// Folder writes mails to files and their links to the log, for an installation without a
// mail server. The operator passes them on.
type Folder struct {
	Path string
	Log  *slog.Logger
}

// Notice says in which folder to look.
func (f Folder) Notice() string {
	return fmt.Sprintf("No mail server is set: mails are written to %s and their links to this log, where they open accounts. "+
		"Give --smtp to send them.", f.Path)
}

// Send writes the mail to a file that only this account can read. A second try writes the
// same file.
func (f Folder) Send(_ context.Context, m *Message) error {
	name := m.Created.UTC().Format("20060102-150405") + "-" + string(m.Kind) + "-" + m.ID + ".eml"
	file, err := writeFile(f.Path, name, func(w *os.File) error {
		_, err := m.mime.WriteTo(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("mail folder: %w", err)
	}
	f.Log.Info("mail written to a file", "kind", m.Kind, "to", m.To, "file", file, "links", strings.Join(m.Links, " "))
	return nil
}
