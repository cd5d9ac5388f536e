package kit

import (
	"testing"

	"github.com/sallyport/sallyport/internal/mfa"
)

// The mail that asks for a second factor leads to the page that sets one up.
func TestMailedSetUpPath(t *testing.T) {
	if mfa.SetUpPath != AddFactorPath {
		t.Errorf("mails lead to %s, the page is %s", mfa.SetUpPath, AddFactorPath)
	}
}
