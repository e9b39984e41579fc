package cli

import "fmt"

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(c Console) error {
	_, err := fmt.Fprintln(c.Out, "callbook", version)
	return err
}
