// Starts `nnc lsp` and hands everything else to it.

const { commands, window, workspace } = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

async function start() {
  const command = workspace.getConfiguration('nnet').get('path', 'nnc');
  const server = { command, args: ['lsp'] };
  client = new LanguageClient('nnet', 'nnet', server, {
    documentSelector: [{ language: 'nnet' }],
    synchronize: { fileEvents: workspace.createFileSystemWatcher('**/*.nnet') },
  });
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(`${command} lsp does not start: ${error.message}. Set "nnet.path" to the compiler.`);
  }
}

async function activate(context) {
  context.subscriptions.push(commands.registerCommand('nnet.restart', async () => {
    if (client) await client.stop();
    await start();
  }));
  await start();
}

async function deactivate() {
  if (client) await client.stop();
}

module.exports = { activate, deactivate };
