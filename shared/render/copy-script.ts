/** Puts a button that copies on every code block of the page; without scripts the page only lacks the buttons. */
export const copyScript = `
for (const code of document.querySelectorAll('.code')) {
  const text = code.querySelector('pre');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = 'Selected';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  });
  code.querySelector('.caption').append(button);
}
`;
