package notify

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
)

// TextFolder writes text messages to files, for an installation without a gateway. Codes
// are only in the files and not in the log.
type TextFolder struct {
	Path string
	Log  *slog.Logger
}

// Notice says in which folder to look.
func (f TextFolder) Notice() string {
	return fmt.Sprintf("No gateway for text messages is set: they are written to %s. Give --sms to send them, or --sms off.", f.Path)
}

// Send writes the message to a file that only this account can read. A second try writes
// the same file.
func (f TextFolder) Send(_ context.Context, t SentText) error {
	name := t.Created.UTC().Format("20060102-150405") + "-" + string(t.Kind) + "-" + t.ID + ".txt"
	file, err := writeFile(f.Path, name, func(w *os.File) error {
		_, err := fmt.Fprintf(w, "To: %s\n\n%s\n", t.To, t.Text)
		return err
	})
	if err != nil {
		return fmt.Errorf("folder of text messages: %w", err)
	}
	f.Log.Info("text message written to a file", "kind", t.Kind, "to", masked(t.To), "file", file)
	return nil
}

// writeFile writes a complete file, or none, that only this account can read. It creates
// the folder when it is missing.
func writeFile(folder, name string, write func(*os.File) error) (string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(folder, ".part-*") // mode 0600
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // no effect once the file is renamed
	err = write(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, name)
	return path, os.Rename(file.Name(), path)
}

// noTexts is the sender while text messages are off: it gives up the messages that still
// wait.
type noTexts struct{}

func (noTexts) Notice() string { return "" }

func (noTexts) Send(context.Context, SentText) error {
	return &Failure{Permanent: true, Why: "text messages are switched off with --sms off"}
}
