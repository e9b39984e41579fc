// After a change of package.json, here or in bench/peers: npm run lock. Writes package-lock.json, without the addresses
// that npm puts into it.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { stdio: 'inherit' })
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
for (const module of Object.values(lock.packages)) {
  delete module.funding
  delete module.resolved
}
writeFileSync('package-lock.json', JSON.stringify(lock, null, 2) + '\n')
