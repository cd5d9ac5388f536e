package notify

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	gomail "github.com/wneessen/go-mail"
)

// Folder writes mails to files, for an installation without a mail server. The operator
// passes them on. Links are only in the files and not in the log: whoever reads logs could
// open accounts with them.
type Folder struct {
	Path string
	Log  *slog.Logger
}

// Notice says in which folder to look.
func (f Folder) Notice() string {
	return fmt.Sprintf("No mail server is set: mails are written to %s, with links that open accounts. Give --smtp to send them.", f.Path)
}

// Send writes the mail to a file that only this account can read. A second try writes the
// same file. The parts are not encoded, so that links can be copied from the file.
func (f Folder) Send(_ context.Context, m *Message) error {
	name := m.Created.UTC().Format("20060102-150405") + "-" + string(m.Kind) + "-" + m.ID + ".eml"
	for _, part := range m.mime.GetParts() {
		part.SetEncoding(gomail.NoEncoding)
	}
	file, err := writeFile(f.Path, name, func(w *os.File) error {
		_, err := m.mime.WriteTo(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("mail folder: %w", err)
	}
	f.Log.Info("mail written to a file", "kind", m.Kind, "file", file)
	return nil
}
