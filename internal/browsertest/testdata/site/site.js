const out = document.getElementById('out');
document.getElementById('later').addEventListener('click', () => {
  setTimeout(() => { out.textContent = 'Later  has\ncome'; }, 200);
});
document.getElementById('second').addEventListener('click', () => { out.textContent = 'second revoked'; });
document.getElementById('under').addEventListener('click', () => { out.textContent = 'under clicked'; });
