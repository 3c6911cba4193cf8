-- Drives a Neovim that has a policy open: writes what the language server says to $SRT_TEST_RESULT, as JSON.
local TIMEOUT_MS = 30000
local result = {}

local function ask(method, line, character, extra)
  local params = vim.tbl_extend('force', { textDocument = { uri = vim.uri_from_bufnr(0) }, position = { line = line, character = character } }, extra or {})
  local answers = vim.lsp.buf_request_sync(0, method, params, TIMEOUT_MS) or {}
  for _, answer in pairs(answers) do
    return answer.result
  end
end

local function codes()
  return vim.tbl_map(function(diagnostic) return tostring(diagnostic.code) end, vim.diagnostic.get(0))
end

local function session()
  vim.cmd('edit ' .. vim.fn.fnameescape(vim.env.SRT_TEST_POLICY))
  result.filetype = vim.bo.filetype
  vim.wait(TIMEOUT_MS, function() return #vim.diagnostic.get(0) > 0 end, 20)
  result.codes = codes()
  local completion = ask('textDocument/completion', 1, 35)
  result.completion = vim.tbl_map(function(item) return item.label end, completion.items or completion)
  result.hover = ask('textDocument/hover', 1, 20).contents.value
  local at = { line = 2, character = 20 }
  local actions = ask('textDocument/codeAction', 2, 20, { range = { start = at, ['end'] = at }, context = { diagnostics = {} } })
  vim.lsp.util.apply_workspace_edit(actions[1].edit, 'utf-16')
  vim.wait(TIMEOUT_MS, function() return #vim.diagnostic.get(0) == 0 end, 20)
  result.codesAfterFix = codes()
  result.text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
end

local ok, fault = pcall(session)
if not ok then result.fault = tostring(fault) end
vim.fn.writefile({ vim.fn.json_encode(result) }, vim.env.SRT_TEST_RESULT)
vim.cmd('qall!')
