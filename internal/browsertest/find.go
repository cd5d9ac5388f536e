package browsertest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// EnvBrowser names the environment variable with the path of the browser. Unset, the
// browser is searched for.
const EnvBrowser = "CHROME"

// errNoBrowser says what to install. Tests print it.
var errNoBrowser = errors.New("no Chromium was found: install the package chromium " +
	"(Debian: apt-get install chromium), or name a browser in " + EnvBrowser)

// browsers are the names and paths of Chromium and Chrome.
var browsers = []string{
	"chromium",
	"chromium-browser",
	"google-chrome",
	"google-chrome-stable",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
}

func findBrowser() (string, error) {
	if name := os.Getenv(EnvBrowser); name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("the browser that %s names: %w", EnvBrowser, err)
		}
		return path, nil
	}
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoBrowser
}
