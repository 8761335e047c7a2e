/* llmload: a fake OpenAI-compatible upstream and a load client, for measuring what a router adds.
 *   llmload serve PORT CHUNKS INTERVAL_US [MODEL]   one epoll thread; answers POST with JSON, or with SSE when the body says "stream":true
 *   llmload load  PORT PATH CONNS SECONDS BODYFILE [RAMP_SECONDS]   one epoll thread; closed loop; prints one line of figures
 *                                                   opens all connections first or, with a ramp, one after the other
 * Each SSE chunk carries the upstream's CLOCK_MONOTONIC in ns, so the client reads the delay of every chunk. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
static uint64_t now(void){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec*1000000000ull+t.tv_nsec;}
static int ep;
typedef struct Conn{int fd;char*buf;size_t len,cap;int left;uint64_t due;struct Conn*next;int streaming,dead;
  /* client */ uint64_t t0,tfirst;long bodyleft;int chunked,inbody,done;char tail[8];int tl;size_t wr;} Conn;
static void grow(Conn*c,size_t need){if(c->cap<need){c->cap=need*2;c->buf=realloc(c->buf,c->cap);}}
static void arm(Conn*c,int add,uint32_t ev){struct epoll_event e={.events=ev,.data.ptr=c};epoll_ctl(ep,add?EPOLL_CTL_ADD:EPOLL_CTL_MOD,c->fd,&e);}
#define SLOTS 8192
static Conn*wheel[SLOTS];static uint64_t tick;
static void sched(Conn*c){uint64_t s=c->due/1000000;if(s<=tick)s=tick+1;c->next=wheel[s%SLOTS];wheel[s%SLOTS]=c;}
static int CH;static long IV;static const char*MODEL="m";
static void wall(Conn*c,const char*p,size_t n){while(n){ssize_t w=send(c->fd,p,n,MSG_NOSIGNAL);if(w<0){if(errno==EAGAIN){usleep(50);continue;}c->dead=1;return;}p+=w;n-=w;}}
static void chunk(Conn*c){char d[512],o[600];int n=snprintf(d,sizeof d,"data: {\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"%s\",\"t\":%llu,\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n",MODEL,(unsigned long long)now());
  int m=snprintf(o,sizeof o,"%x\r\n%s\r\n",n,d);wall(c,o,m);}
static void answer(Conn*c,char*head,char*body){
  if(!strncmp(head,"GET /v1/models",14)){char b[256],o[512];int n=snprintf(b,sizeof b,"{\"object\":\"list\",\"data\":[{\"id\":\"%s\",\"object\":\"model\",\"created\":1,\"owned_by\":\"x\"}]}",MODEL);int m=snprintf(o,sizeof o,"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",n,b);wall(c,o,m);return;}
  if(!strncmp(head,"GET",3)){const char*o="HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";wall(c,o,strlen(o));return;}
  if(strstr(body,"\"stream\":true")||strstr(body,"\"stream\": true")){const char*h="HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";wall(c,h,strlen(h));c->left=CH;c->streaming=1;chunk(c);c->left--;c->due=now()+IV*1000ull;sched(c);return;}
  char b[1024],o[1400];int n=snprintf(b,sizeof b,"{\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"%s\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello there, how may I assist you today? This is a moderately long answer from a model used for measuring.\"},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":12,\"total_tokens\":21}}",MODEL);
  int m=snprintf(o,sizeof o,"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",n,b);wall(c,o,m);}
static void nb(int fd){fcntl(fd,F_SETFL,fcntl(fd,F_GETFL)|O_NONBLOCK);int one=1;setsockopt(fd,IPPROTO_TCP,TCP_NODELAY,&one,sizeof one);}
static void serve(int port){int l=socket(AF_INET,SOCK_STREAM,0),one=1;setsockopt(l,SOL_SOCKET,SO_REUSEADDR,&one,sizeof one);struct sockaddr_in a={.sin_family=AF_INET,.sin_port=htons(port),.sin_addr.s_addr=htonl(INADDR_LOOPBACK)};if(bind(l,(void*)&a,sizeof a)){perror("bind");exit(1);}listen(l,8192);nb(l);Conn lc={.fd=l};arm(&lc,1,EPOLLIN);tick=now()/1000000;struct epoll_event ev[512];
 for(;;){int n=epoll_wait(ep,ev,512,1);for(int i=0;i<n;i++){Conn*c=ev[i].data.ptr;if(c==&lc){int fd;while((fd=accept4(l,0,0,SOCK_NONBLOCK))>=0){nb(fd);Conn*k=calloc(1,sizeof*k);k->fd=fd;arm(k,1,EPOLLIN);}continue;}
   for(;;){grow(c,c->len+65537);ssize_t r=recv(c->fd,c->buf+c->len,65536,0);if(r>0){c->len+=r;if(r<65536)break;continue;}if(r<0&&errno==EAGAIN)break;c->dead=1;break;}
   if(c->dead){epoll_ctl(ep,EPOLL_CTL_DEL,c->fd,0);if(c->fd>=0)close(c->fd);c->fd=-1;if(!c->streaming){free(c->buf);free(c);}continue;}
   while(c->len&&!c->streaming){c->buf[c->len]=0;char*e=memmem(c->buf,c->len,"\r\n\r\n",4);if(!e)break;*e=0;size_t h=e-c->buf+4;long cl=0;int te=0;char*p=strcasestr(c->buf,"content-length:");if(p)cl=atol(p+15);if(strcasestr(c->buf,"transfer-encoding: chunked"))te=1;
     if(te){char*z=memmem(c->buf+h,c->len-h,"0\r\n\r\n",5);if(!z){*e='\r';break;}cl=z+5-(c->buf+h);}
     if(c->len<h+cl){*e='\r';break;}char sv=c->buf[h+cl];c->buf[h+cl]=0;answer(c,c->buf,c->buf+h);c->buf[h+cl]=sv;memmove(c->buf,c->buf+h+cl,c->len-h-cl);c->len-=h+cl;}}
  uint64_t t=now()/1000000;while(tick<t){tick++;Conn*c=wheel[tick%SLOTS];wheel[tick%SLOTS]=0;while(c){Conn*x=c->next;if(c->dead||c->fd<0){if(c->fd>=0)close(c->fd);free(c->buf);free(c);c=x;continue;}
     if(c->due/1000000>tick){sched(c);c=x;continue;}
     if(c->left>0){chunk(c);c->left--;c->due+=IV*1000ull;sched(c);}else{const char*d="e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";wall(c,d,strlen(d));c->streaming=0;}c=x;}}}}
#define HB 400000
static uint32_t hist[HB];static uint64_t hn;static void rec(uint64_t ns){uint64_t u=ns/10000;if(u>=HB)u=HB-1;hist[u]++;hn++;}
static double pct(double p){uint64_t k=hn*p,s=0;for(int i=0;i<HB;i++){s+=hist[i];if(s>k)return i/100.0;}return HB/100.0;}
static char*REQ;static size_t RL;static int PORT;static uint64_t nreq,nerr,nchunk;static int STREAM;
static uint32_t thist[HB];
static int dial(Conn*c){c->fd=socket(AF_INET,SOCK_STREAM,0);struct sockaddr_in a={.sin_family=AF_INET,.sin_port=htons(PORT),.sin_addr.s_addr=htonl(INADDR_LOOPBACK)};if(connect(c->fd,(void*)&a,sizeof a)){close(c->fd);c->fd=-1;return -1;}nb(c->fd);arm(c,1,EPOLLIN);return 0;}
static void fire(Conn*c){c->t0=now();c->tfirst=0;c->len=0;c->inbody=0;c->done=0;c->chunked=0;c->wr=0;while(c->wr<RL){ssize_t w=send(c->fd,REQ+c->wr,RL-c->wr,MSG_NOSIGNAL);if(w<0){if(errno==EAGAIN){arm(c,0,EPOLLIN|EPOLLOUT);return;}nerr++;return;}c->wr+=w;}}
static void feed(Conn*c){ /* whole response kept in buf; scanned from wr2 */
 if(!c->inbody){c->buf[c->len]=0;char*e=memmem(c->buf,c->len,"\r\n\r\n",4);if(!e)return;if(strncmp(c->buf,"HTTP/1.1 200",12))c->dead=2;*e=0;char*p=strcasestr(c->buf,"content-length:");c->chunked=!p;size_t h=e-c->buf+4;c->bodyleft=p?atol(p+15):0;memmove(c->buf,c->buf+h,c->len-h);c->len-=h;c->inbody=1;}
 if(!c->chunked){if((long)c->len>=c->bodyleft)c->done=1;return;}
 char*p=c->buf,*end=c->buf+c->len,*q;uint64_t t=now();
 while((q=memmem(p,end-p,"\"t\":",4))&&memchr(q,',',end-q)){uint64_t v=strtoull(q+4,0,10);rec(t-v);nchunk++;if(!c->tfirst){c->tfirst=t;uint64_t u=(t-c->t0)/10000;thist[u>=HB?HB-1:u]++;}p=q+5;}
 int fin=c->len>=5&&!memcmp(end-5,"0\r\n\r\n",5);if(fin){c->done=1;return;}
 size_t keep=end-p;if(keep>24&&!q){p=end-24;keep=24;}memmove(c->buf,p,keep);c->len=keep;}
static void load(const char*path,int conns,double secs,const char*bf,double ramp){FILE*f=fopen(bf,"rb");fseek(f,0,SEEK_END);long n=ftell(f);rewind(f);char*b=malloc(n+1);if(fread(b,1,n,f)!=(size_t)n)exit(1);b[n]=0;STREAM=strstr(b,"\"stream\":true")||strstr(b,"\"stream\": true");REQ=malloc(n+512);RL=sprintf(REQ,"POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nAuthorization: Bearer x\r\nContent-Length: %ld\r\n\r\n",path,PORT,n);memcpy(REQ+RL,b,n);RL+=n;
 Conn*cs=calloc(conns,sizeof*cs);uint64_t t=now(),end=t+secs*1e9,first=0;int begun=0;for(int i=0;i<conns;i++){grow(cs+i,65537);if(!ramp&&dial(cs+i))nerr++;}
 first=now();end=first+secs*1e9;struct epoll_event ev[512];
 while(now()<end){for(;begun<conns&&(t=now())>=first+ramp*1e9*begun/conns;begun++){Conn*c=cs+begun;if(ramp&&dial(c)){nerr++;continue;}if(c->fd>0){fire(c);if(ramp)c->t0=t;}}
  int k=epoll_wait(ep,ev,512,begun<conns?1:10);for(int i=0;i<k;i++){Conn*c=ev[i].data.ptr;if(ev[i].events&EPOLLOUT&&c->wr<RL){while(c->wr<RL){ssize_t w=send(c->fd,REQ+c->wr,RL-c->wr,MSG_NOSIGNAL);if(w<0)break;c->wr+=w;}if(c->wr==RL)arm(c,0,EPOLLIN);}
   if(!(ev[i].events&(EPOLLIN|EPOLLHUP|EPOLLERR)))continue;
   grow(c,c->len+65537);ssize_t r=recv(c->fd,c->buf+c->len,65536,0);if(r<=0){if(r<0&&errno==EAGAIN)continue;nerr++;close(c->fd);c->dead=0;if(!dial(c))fire(c);continue;}
   c->len+=r;feed(c);if(c->done){if(c->dead==2){nerr++;c->dead=0;}else{nreq++;if(!STREAM)rec(now()-c->t0);}fire(c);}}}
 double el=(now()-first)/1e9;printf("conns=%d secs=%.1f requests=%llu rps=%.1f chunks=%llu cps=%.1f errors=%llu p50_ms=%.2f p90_ms=%.2f p99_ms=%.2f p999_ms=%.2f",conns,el,(unsigned long long)nreq,nreq/el,(unsigned long long)nchunk,nchunk/el,(unsigned long long)nerr,pct(.5),pct(.9),pct(.99),pct(.999));
 if(STREAM){memcpy(hist,thist,sizeof hist);hn=0;for(int i=0;i<HB;i++)hn+=hist[i];printf(" first_chunks=%llu ttft_p50_ms=%.2f ttft_p99_ms=%.2f",(unsigned long long)hn,pct(.5),pct(.99));}printf("\n");}
int main(int c,char**v){ep=epoll_create1(0);if(c>4&&!strcmp(v[1],"serve")){CH=atoi(v[3]);IV=atol(v[4]);if(c>5)MODEL=v[5];serve(atoi(v[2]));}if(c>6&&!strcmp(v[1],"load")){PORT=atoi(v[2]);load(v[3],atoi(v[4]),atof(v[5]),v[6],c>7?atof(v[7]):0);return 0;}fprintf(stderr,"usage: see the head of llmload.c\n");return 2;}
