package pgtest

import (
	"io"
	"os/exec"
)

// guardScript waits until its standard input closes. That happens when the owner calls
// release or ends in any way: os.Exit skips deferred calls, and kill -9 cannot be
// handled. Then it ends the server if it still runs, and removes the directory. The trap
// ignores signals from a terminal, which are meant for the owner.
const guardScript = `
trap '' INT TERM HUP QUIT
read -r _
read -r pid 2>/dev/null <"$1/data/postmaster.pid"
[ -z "$pid" ] || kill -QUIT "$pid" 2>/dev/null
n=0
while [ -e "$1/data/postmaster.pid" ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n+1)); done
rm -rf "$1"
`

// guard is the process that cleans up after the owner, which is this process.
type guard struct {
	cmd   *exec.Cmd
	input io.Closer
}

func startGuard(dir string) (*guard, error) {
	cmd := exec.Command("sh", "-c", guardScript, "pgtest-guard", dir)
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	outlive(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &guard{cmd, input}, nil
}

// release makes the guard clean up and waits for it. A nil guard is allowed.
func (g *guard) release() {
	if g == nil {
		return
	}
	g.input.Close()
	g.cmd.Wait()
}
